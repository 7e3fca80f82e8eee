#include "cli/commands/lifecycle.h"

#include <algorithm>

#include "cli/commands/providers.h"
#include "compose/load/discover.h"
#include "compose/model/project_json.h"

namespace stack::cli {
namespace {

// The services that are the engine's; nothing when only others were named.
std::optional<std::vector<std::string>> engine_services(const std::vector<std::string>& named,
                                                        const Session::Target& target) {
  std::vector<std::string> services = named;
  std::erase_if(services, [&](const std::string& name) {
    const auto found =
        target.project ? target.project->services.find(name) : decltype(target.project->services.end()){};
    return target.project && found != target.project->services.end() && found->second.provider;
  });
  if (services.empty() && !named.empty()) return std::nullopt;
  return services;
}

bool run(Session& session, api::Verb verb, const LifecycleFlags& flags, const Session::Target& target) {
  const auto services = engine_services(flags.services, target);
  if (!services) return false;
  api::ProjectRequest request{.verb = verb, .project = target.name, .services = *services};
  if (target.project) request.resolved = compose::to_wire_json(without_providers(*target.project));
  if (flags.timeout >= 0) request.timeout = std::chrono::seconds{flags.timeout};
  request.volumes = flags.volumes;
  request.remove_orphans = flags.remove_orphans || compose::is_on(target.variables, "REMOVE_ORPHANS");
  request.no_deps = flags.no_deps;
  request.wait = flags.wait;
  request.signal = flags.signal;
  if (!flags.rmi.empty()) request.rmi = parse_word<api::ImageScope>(flags.rmi).value_or(api::ImageScope::none);
  const std::optional<Nanos> patience =
      flags.wait_timeout > 0 ? std::optional<Nanos>{std::chrono::seconds{flags.wait_timeout}} : std::nullopt;
  return session.run(request, patience);
}

bool run(Session& session, api::Verb verb, const LifecycleFlags& flags) {
  return run(session, verb, flags, session.target({}));
}

}  // namespace

int down(Session& session, const LifecycleFlags& flags) {
  const Session::Target target = session.target({});
  const bool changed = run(session, api::Verb::down, flags, target);
  if (target.project) end_providers(session, *target.project, target.variables, flags.services, "down");
  // With a file it is a wish that is fulfilled already; with nothing but a name it may be misspelt.
  if (!changed && !target.project) session.warn("no resource found to remove for project \"" + target.name + "\"");
  if (!changed && target.project && !session.options().dry_run)
    session.hint("there is nothing to remove: the project has no containers or networks");
  return 0;
}

int stop(Session& session, const LifecycleFlags& flags) {
  const Session::Target target = session.target({});
  const bool changed = run(session, api::Verb::stop, flags, target);
  if (target.project) end_providers(session, *target.project, target.variables, flags.services, "stop");
  if (!changed && !session.options().dry_run) session.hint("there is nothing to stop: no such container runs");
  return 0;
}

int start(Session& session, const LifecycleFlags& flags) {
  if (flags.wait_timeout < 0) throw Error(ErrorKind::invalid, "--wait-timeout cannot be negative");
  run(session, api::Verb::start, flags);
  return 0;
}

int restart(Session& session, const LifecycleFlags& flags) {
  const bool changed = run(session, api::Verb::restart, flags);
  if (!changed && !session.options().dry_run)
    session.hint("there is nothing to restart: the project has no containers; make them with: stack up -d");
  return 0;
}

int kill(Session& session, const LifecycleFlags& flags) {
  const bool changed = run(session, api::Verb::kill, flags);
  if (!changed && !session.options().dry_run) session.say("no container to kill");
  return 0;
}

int pause(Session& session, const LifecycleFlags& flags) {
  const bool changed = run(session, api::Verb::pause, flags);
  if (!changed && !session.options().dry_run) session.hint("there is nothing to pause: no such container runs");
  return 0;
}

int unpause(Session& session, const LifecycleFlags& flags) {
  const bool changed = run(session, api::Verb::unpause, flags);
  if (!changed && !session.options().dry_run) session.hint("there is nothing to unpause: no such container is paused");
  return 0;
}

}  // namespace stack::cli
