#include "cli/commands/rm.h"

#include <algorithm>
#include <iostream>

#include "cli/commands/providers.h"
#include "cli/view/agreement.h"
#include "compose/model/project_json.h"

namespace stack::cli {
namespace {

// What the engine will remove, as far as one can know before it is asked.
std::vector<std::string> doomed(Session& session, const Session::Target& target, const RmFlags& flags) {
  std::vector<std::string> names;
  for (const model::Container& container : session.engine().containers(target.name, true)) {
    const std::string& service = container.spec.service;
    const bool named = std::find(flags.services.begin(), flags.services.end(), service) != flags.services.end();
    const bool active = flags.services.empty() && (!target.project || target.project->services.contains(service));
    const bool ready = flags.stop || !model::is_alive(container.state);
    if ((named || active) && ready && !container.spec.one_off) names.push_back(container.spec.name);
  }
  return names;
}

std::string question_about(const std::vector<std::string>& names) {
  std::string text = "Going to remove ";
  for (const std::string& name : names) text += (&name == &names.front() ? "" : ", ") + name;
  return text;
}

}  // namespace

int rm(Session& session, const RmFlags& flags) {
  const Session::Target target = session.target({});
  api::ProjectRequest request{.verb = api::Verb::rm, .project = target.name, .services = flags.services};
  if (target.project) request.resolved = compose::to_wire_json(without_providers(*target.project));
  request.volumes = flags.volumes;
  request.stop_first = flags.stop;
  if (flags.stop && !flags.force && !session.options().dry_run) {
    // Asked about is the removal alone.
    api::ProjectRequest stop{.verb = api::Verb::stop, .project = target.name, .services = flags.services};
    stop.resolved = request.resolved;
    session.run(stop);
  }
  const std::vector<std::string> names = doomed(session, target, flags);
  if (!session.options().dry_run && !names.empty()) {
    if (flags.force) {
      // Programs are told of each by its events.
      if (session.progress_mode() != ProgressMode::json) std::cout << question_about(names) << std::endl;
    } else if (!agreed(question_about(names) + "\nAre you sure?")) {
      return 0;
    }
  }
  const bool changed = session.run(request);
  if (!changed && !session.options().dry_run) session.say("No stopped containers");
  return 0;
}

}  // namespace stack::cli
