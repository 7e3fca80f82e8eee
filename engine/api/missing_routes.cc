#include "engine/api/missing_routes.h"

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

struct Missing {
  const char *method, *pattern, *what, *instead;
};

constexpr Missing kMissing[] = {
    {"POST", "/grpc", "builds by BuildKit's protocol", "DOCKER_BUILDKIT=0, or: stack image build"},
    {"POST", "/session", "builds by BuildKit's protocol", "DOCKER_BUILDKIT=0, or: stack image build"},
};

}  // namespace

void add_missing_routes(Routes& routes) {
  for (const Missing& each : kMissing) {
    routes.add(each.method, each.pattern, Body::none, [&each](const Ex& exchange) {
      exchange->fail(
          Error(ErrorKind::unsupported,
                std::string{each.what} + " is not supported by this engine's Docker API yet; use: " + each.instead));
    });
  }
  // As a daemon that is not part of a swarm answers.
  for (const char* pattern : {"/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs"}) {
    routes.add("GET", pattern, Body::none, [](const Ex& exchange) {
      exchange->fail(Error(ErrorKind::unavailable, "This node is not a swarm manager."));
    });
  }
}

}  // namespace stack::api
