#include "engine/api/connect_api.h"

#include "engine/api/answering.h"
#include "engine/api/connect_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

}  // namespace

void add_connect_routes(Routes& routes, ConnectBackend& connections) {
  routes.add("POST", "/networks/{id}/connect", Body::text, [&connections](const Ex& exchange) {
    const Request& in = exchange->request;
    connections.connect(in.parameters.at("id"), parse_network_join(in.json()), replying(exchange, 200));
  });
  routes.add("POST", "/networks/{id}/disconnect", Body::text, [&connections](const Ex& exchange) {
    const Request& in = exchange->request;
    connections.disconnect(in.parameters.at("id"), parse_network_leave(in.json()), replying(exchange, 200));
  });
}

}  // namespace stack::api
