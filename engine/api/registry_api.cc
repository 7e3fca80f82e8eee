#include "engine/api/registry_api.h"

#include "engine/api/answering.h"
#include "engine/api/docker_image_json.h"
#include "engine/api/registry_answers.h"
#include "engine/api/stack_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

constexpr std::int64_t kFoundDefault = 25, kFoundMax = 100;  // Docker's

model::Credentials credentials_of(const Request& in) { return parse_registry_auth(in.header("X-Registry-Auth")); }

void login(ImageBackend& images, const Ex& exchange) {
  const auto [registry, credentials] = parse_auth_request(exchange->request.body);
  images.login(registry, credentials, [exchange](const std::variant<bool, Error>& answer) {
    const auto* error = std::get_if<Error>(&answer);
    if (error == nullptr) return exchange->reply(200, auth_json());
    // Clients ask for another password only at this status.
    if (error->kind() == ErrorKind::not_permitted) return exchange->reply(401, error_json(*error));
    exchange->fail(*error);
  });
}

void search(RegistryQuery& registries, const Ex& exchange) {
  const Request& in = exchange->request;
  const std::string term = in.get("term");
  if (term.empty()) throw Error(ErrorKind::invalid, "no term to search for given");
  std::int64_t limit = in.number("limit").value_or(0);
  if (limit == 0) limit = kFoundDefault;
  if (limit < 1 || limit > kFoundMax) {
    throw Error(ErrorKind::invalid,
                "limit " + std::to_string(limit) + " is outside the range of [1, " + std::to_string(kFoundMax) + "]");
  }
  const std::string filters = in.get("filters");
  (void)filter_search({}, filters);  // a mistake is refused before anybody is asked
  registries.search(term, static_cast<int>(limit), credentials_of(in),
                    replying<std::vector<FoundRepository>>(
                        exchange, [filters](const auto& found) { return search_json(filter_search(found, filters)); }));
}

}  // namespace

void add_registry_routes(Routes& routes, RegistryQuery& registries, ImageBackend& images) {
  routes.add("POST", "/auth", Body::text, [&images](const Ex& exchange) { login(images, exchange); });
  routes.add("GET", "/images/search", Body::none, [&registries](const Ex& exchange) { search(registries, exchange); });
  routes.add("GET", "/distribution/{name...}/json", Body::none, [&registries](const Ex& exchange) {
    const Request& in = exchange->request;
    registries.image(in.parameters.at("name"), credentials_of(in),
                     replying<RegistryImage>(exchange, registry_image_json));
  });
}

}  // namespace stack::api
