#include "engine/api/network_api.h"

#include "engine/api/network_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

}  // namespace

void add_network_routes(Routes& routes, NetworkBackend& networks, const Clock& clock) {
  // Docker has this list at both paths.
  for (const char* path : {"/networks", "/networks/"}) {
    routes.add("GET", path, Body::none, [&networks](const Ex& exchange) {
      const NetworkFilter filter = parse_network_filter(exchange->request.get("filters"));
      exchange->reply(200, network_list_json(networks.networks(filter)));
    });
  }
  routes.add("POST", "/networks/create", Body::text, [&networks](const Ex& exchange) {
    exchange->reply(201, network_created_json(networks.create(parse_network_request(exchange->request.json()))));
  });
  routes.add("POST", "/networks/prune", Body::text, [&networks, &clock](const Ex& exchange) {
    const NetworkFilter filter = parse_network_prune_filter(exchange->request.get("filters"), clock.wall());
    exchange->reply(200, network_removal_json(networks.prune(filter)));
  });
  routes.add("GET", "/networks/{id}", Body::none, [&networks](const Ex& exchange) {
    exchange->reply(200, network_json(networks.inspect(exchange->request.parameters.at("id"))));
  });
  routes.add("DELETE", "/networks/{id}", Body::none, [&networks](const Ex& exchange) {
    networks.remove(exchange->request.parameters.at("id"));
    exchange->reply(204, "");
  });
}

}  // namespace stack::api
