#include "cli/commands/lifecycle.h"

#include <iostream>

#include "compose/model/project_json.h"

namespace stack::cli {
namespace {

bool run(Session& session, api::Verb verb, const LifecycleFlags& flags, const Session::Target& target) {
  api::ProjectRequest request{.verb = verb, .project = target.name, .services = flags.services};
  if (target.project) request.resolved = compose::to_wire_json(*target.project);
  if (flags.timeout >= 0) request.timeout = std::chrono::seconds{flags.timeout};
  request.volumes = flags.volumes;
  request.remove_orphans = flags.remove_orphans;
  request.no_deps = flags.no_deps;
  request.wait = flags.wait;
  return session.run(request);
}

void run(Session& session, api::Verb verb, const LifecycleFlags& flags) {
  run(session, verb, flags, session.target({}));
}

}  // namespace

int down(Session& session, const LifecycleFlags& flags) {
  if (!flags.rmi.empty()) {
    throw Error(ErrorKind::unsupported, "--rmi is not supported yet: this engine does not remove images");
  }
  const Session::Target target = session.target({});
  const bool changed = run(session, api::Verb::down, flags, target);
  // With a file it is a wish that is fulfilled already; with nothing but a name it may be misspelt.
  if (!changed && !target.project)
    std::cerr << "warning: no resource found to remove for project \"" << target.name << "\"\n";
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
