#include "engine/api/missing_routes.h"

#include <functional>
#include <string>

namespace stack::api {
namespace {

using Ex = std::shared_ptr<Exchange>;

struct Absent {
  const char *method, *pattern;
};

Error no_manager() {
  return {
      ErrorKind::unavailable,
      "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to "
      "swarm and try again."};
}

void add(Routes& routes, const Absent& absent, const std::function<Error(const Request&)>& why) {
  routes.add(absent.method, absent.pattern, Body::text,
             [why](const Ex& exchange) { exchange->fail(why(exchange->request)); });
}

// What only a manager of a swarm answers.
constexpr Absent kOfManager[]{{"GET", "/swarm"},
                              {"GET", "/swarm/unlockkey"},
                              {"POST", "/swarm/unlock"},
                              {"GET", "/nodes"},
                              {"GET", "/nodes/{id}"},
                              {"DELETE", "/nodes/{id}"},
                              {"GET", "/services"},
                              {"GET", "/services/{id}"},
                              {"POST", "/services/create"},
                              {"DELETE", "/services/{id}"},
                              {"GET", "/tasks"},
                              {"GET", "/tasks/{id}"},
                              {"GET", "/secrets"},
                              {"GET", "/secrets/{id}"},
                              {"POST", "/secrets/create"},
                              {"DELETE", "/secrets/{id}"},
                              {"GET", "/configs"},
                              {"GET", "/configs/{id}"},
                              {"POST", "/configs/create"},
                              {"DELETE", "/configs/{id}"}};

// An update says which version of the object it is for; dockerd looks at that first, and quotes it for these.
constexpr struct {
  const char *pattern, *what;
  bool quoted;
} kUpdates[]{{"/swarm/update", "swarm", true},
             {"/nodes/{id}/update", "node", true},
             {"/services/{id}/update", "service", true},
             {"/secrets/{id}/update", "secret", false},
             {"/configs/{id}/update", "config", false}};

void add_swarm_routes(Routes& routes) {
  for (const Absent& each : kOfManager) add(routes, each, [](const Request&) { return no_manager(); });
  for (const auto& [pattern, what, quoted] : kUpdates) {
    add(routes, {"POST", pattern}, [what = std::string{what}, quoted = quoted](const Request& in) {
      const std::string version = in.get("version");
      const bool digits = !version.empty() && version.find_first_not_of("0123456789") == std::string::npos;
      if (digits) return no_manager();
      return Error{
          ErrorKind::invalid,
          "invalid " + what + " version" +
              (quoted ? " '" + version + "': strconv.ParseUint: parsing \"" + version + "\": invalid syntax" : "")};
    });
  }
  for (const char* pattern : {"/swarm/init", "/swarm/join"}) {
    add(routes, {"POST", pattern},
        [](const Request&) { return Error(ErrorKind::unsupported, "swarms are not supported by this engine"); });
  }
  add(routes, {"POST", "/swarm/leave"},
      [](const Request&) { return Error(ErrorKind::unavailable, "This node is not part of a swarm"); });
  for (const char* pattern : {"/services/{id}/logs", "/tasks/{id}/logs"}) {
    add(routes, {"GET", pattern}, [](const Request& in) {
      // dockerd's status for it is 500.
      if (!in.flag("stdout") && !in.flag("stderr")) return Error("Bad parameters: you must choose at least one stream");
      return no_manager();
    });
  }
  add(routes, {"PUT", "/volumes/{name}"}, [](const Request&) {
    return Error(ErrorKind::unavailable, "volume update only valid for cluster volumes, but swarm is unavailable");
  });
}

void add_plugin_routes(Routes& routes) {
  constexpr Absent kOfPlugin[]{{"GET", "/plugins/{name...}/json"},     {"POST", "/plugins/{name...}/enable"},
                               {"POST", "/plugins/{name...}/disable"}, {"POST", "/plugins/{name...}/push"},
                               {"POST", "/plugins/{name...}/set"},     {"POST", "/plugins/{name...}/upgrade"},
                               {"DELETE", "/plugins/{name...}"}};
  for (const Absent& each : kOfPlugin) {
    add(routes, each, [](const Request& in) {
      return Error(ErrorKind::not_found, "plugin \"" + in.parameters.at("name") + "\" not found");
    });
  }
  for (const Absent& each :
       {Absent{"GET", "/plugins/privileges"}, {"POST", "/plugins/pull"}, {"POST", "/plugins/create"}})
    add(routes, each,
        [](const Request&) { return Error(ErrorKind::unsupported, "plugins are not supported by this engine"); });
}

void add_checkpoint_routes(Routes& routes) {
  for (const Absent& each : {Absent{"GET", "/containers/{id}/checkpoints"},
                             {"POST", "/containers/{id}/checkpoints"},
                             {"DELETE", "/containers/{id}/checkpoints/{name}"}}) {
    add(routes, each, [](const Request&) {
      return Error(
          ErrorKind::unsupported,
          "This experimental feature is disabled by default. Start the Docker daemon in experimental mode in order to "
          "enable it.");
    });
  }
}

}  // namespace

void add_missing_routes(Routes& routes) {
  add_swarm_routes(routes);
  add_plugin_routes(routes);
  add_checkpoint_routes(routes);
}

}  // namespace stack::api
