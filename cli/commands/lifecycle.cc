#include "cli/commands/lifecycle.h"

#include <iostream>

#include "compose/model/project_json.h"

namespace stack::cli {
namespace {

bool run(Session& session, api::Verb verb, const LifecycleFlags& flags) {
  const Session::Target target = session.target({});
  api::ProjectRequest request{.verb = verb, .project = target.name, .services = flags.services};
  if (target.project) request.resolved = compose::to_wire_json(*target.project);
  if (flags.timeout >= 0) request.timeout = std::chrono::seconds{flags.timeout};
  request.volumes = flags.volumes;
  request.remove_orphans = flags.remove_orphans;
  request.no_deps = flags.no_deps;
  request.wait = flags.wait;
  return session.run(request);
}

}  // namespace

int down(Session& session, const LifecycleFlags& flags) {
  if (!flags.rmi.empty()) {
    throw Error(ErrorKind::unsupported, "--rmi is not supported yet: this engine does not remove images");
  }
  if (!run(session, api::Verb::down, flags)) std::cerr << "warning: no resource found to remove for the project\n";
  return 0;
}

int stop(Session& session, const LifecycleFlags& flags) {
  run(session, api::Verb::stop, flags);
  return 0;
}

int start(Session& session, const LifecycleFlags& flags) {
  run(session, api::Verb::start, flags);
  return 0;
}

int restart(Session& session, const LifecycleFlags& flags) {
  run(session, api::Verb::restart, flags);
  return 0;
}

}  // namespace stack::cli
