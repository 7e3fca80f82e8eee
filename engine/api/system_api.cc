#include "engine/api/system_api.h"

#include "engine/api/system_json.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

// What clients negotiate the version with; they ask before anything else.
Reply ping_reply() {
  return {.status = 200,
          .content_type = "text/plain; charset=utf-8",
          .headers = {{"Builder-Version", "2"},
                      {"Cache-Control", "no-cache, no-store, must-revalidate"},
                      {"Pragma", "no-cache"},
                      {"Swarm", "inactive"}},
          .body = "OK"};
}

}  // namespace

void add_system_routes(Routes& routes, SystemBackend& system, const Clock& clock) {
  routes.add("GET", "/_ping", Body::none, [](const Ex& exchange) { exchange->reply(ping_reply()); });
  routes.add("GET", "/version", Body::none,
             [&system](const Ex& exchange) { exchange->reply(200, version_json(system.info())); });
  routes.add("GET", "/info", Body::none, [&system, &clock](const Ex& exchange) {
    exchange->reply(200, engine_info_json(system.info(), clock.wall()));
  });
  routes.add("GET", "/plugins", Body::none, [](const Ex& exchange) { exchange->reply(200, "[]"); });
}

}  // namespace stack::api
