#include "engine/api/missing_routes.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

}  // namespace

void add_missing_routes(Routes& routes) {
  // As a daemon that is not part of a swarm answers.
  for (const char* pattern : {"/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"}) {
    routes.add("GET", pattern, Body::none, [](const Ex& exchange) {
      exchange->fail(Error(ErrorKind::unavailable,
                           "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
                           "connect this node to "
                           "swarm and try again."));
    });
  }
}

}  // namespace stack::api
