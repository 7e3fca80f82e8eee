#include "engine/api/container_api.h"

#include "engine/api/container_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// Docker's flag `size` counts the bytes of every container, which takes reading all their folders.
void refuse_size(const Request& in) {
  if (!in.flag("size")) return;
  throw Error(ErrorKind::unsupported, "size: the sizes of containers are not counted here")
      .remedy("leave it out, and ask: stack system df -v");
}

}  // namespace

void add_container_routes(Routes& routes, ContainerQuery& containers, const Clock& clock) {
  routes.add("GET", "/containers/json", Body::none, [&containers, &clock](const Ex& exchange) {
    const Request& in = exchange->request;
    refuse_size(in);
    ContainerFilter filter = parse_container_filter(in.get("filters"));
    filter.all = in.flag("all");
    if (const auto limit = in.number("limit"); limit && *limit > 0) filter.newest = static_cast<std::size_t>(*limit);
    exchange->reply(200, container_list_json(containers.find(filter), clock.wall()));
  });
  routes.add("GET", "/containers/{id}/top", Body::none, [&containers](const Ex& exchange) {
    const Request& in = exchange->request;
    if (const std::string arguments = in.get("ps_args"); !arguments.empty() && arguments != "-ef") {
      throw Error(ErrorKind::unsupported, "ps_args \"" + arguments + "\": only the columns of ps -ef are there")
          .remedy("leave it out, or run ps in the container: stack exec SERVICE ps");
    }
    exchange->reply(200, process_table_json(containers.processes(in.parameters.at("id"))));
  });
  routes.add("GET", "/containers/{id}/json", Body::none, [&containers](const Ex& exchange) {
    refuse_size(exchange->request);
    exchange->reply(200, container_inspect_json(containers.inspect(exchange->request.parameters.at("id"))));
  });
}

}  // namespace stack::api
