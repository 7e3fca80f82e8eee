#include "engine/api/connect_api.h"

#include "engine/api/connect_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

Answer<std::monostate> empty_reply(const Ex& exchange) {
  return [exchange](const std::variant<std::monostate, Error>& answer) {
    if (const auto* error = std::get_if<Error>(&answer)) return exchange->fail(*error);
    exchange->reply(Reply{.status = 200, .content_type = {}, .headers = {}, .body = {}});
  };
}

}  // namespace

void add_connect_routes(Routes& routes, ConnectBackend& connections) {
  routes.add("POST", "/networks/{id}/connect", Body::text, [&connections](const Ex& exchange) {
    const Request& in = exchange->request;
    connections.connect(in.parameters.at("id"), parse_network_join(in.body), empty_reply(exchange));
  });
  routes.add("POST", "/networks/{id}/disconnect", Body::text, [&connections](const Ex& exchange) {
    const Request& in = exchange->request;
    connections.disconnect(in.parameters.at("id"), parse_network_leave(in.body), empty_reply(exchange));
  });
}

}  // namespace stack::api
