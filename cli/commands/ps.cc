#include "cli/commands/ps.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "base/ids.h"
#include "base/model/unready_ports.h"
#include "cli/view/format_json.h"
#include "cli/view/printable.h"
#include "cli/view/ps_view.h"
#include "compose/model/no_such_service.h"

namespace stack::cli {
namespace {

// --status and --filter status=...: the wanted states.
std::vector<std::string> wanted_states(const PsFlags& flags) {
  std::vector<std::string> states = flags.status;
  for (const std::string& filter : flags.filter) {
    const std::size_t equals = filter.find('=');
    if (equals == std::string::npos || filter.substr(0, equals) != "status") {
      throw Error(ErrorKind::invalid, "invalid --filter \"" + filter + "\"").remedy("only status=STATE is known");
    }
    states.push_back(filter.substr(equals + 1));
  }
  static const std::vector<std::string> kStates{"paused", "restarting", "removing", "running",
                                                "dead",   "created",    "exited"};
  for (const std::string& state : states) {
    if (std::find(kStates.begin(), kStates.end(), state) == kStates.end()) {
      throw Error(ErrorKind::invalid, "invalid status \"" + state + "\"")
          .remedy("use created, running, paused, restarting, removing, exited or dead");
    }
  }
  return states;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// An empty list is no answer for somebody who does not know why it is empty.
void hint_at_others(const Session& session, client::EngineClient& engine, const std::string& project) {
  const bool any = !engine.containers(project, true).empty();
  session.hint(any ? "no such container runs; all that there are: stack ps -a"
                   : "the project has no containers; make them with: stack up -d");
}

}  // namespace

int ps(Session& session, const PsFlags& flags) {
  const std::vector<std::string> states = wanted_states(flags);
  const Session::Target target = session.target({});
  std::vector<model::Container> containers = session.engine().containers(target.name, flags.all || !states.empty());
  const auto known = [&](const std::string& service) {
    return target.project->services.contains(service) || target.project->disabled.contains(service);
  };
  for (const std::string& service : flags.services) {
    const bool exists =
        std::any_of(containers.begin(), containers.end(), [&](const auto& c) { return c.spec.service == service; });
    // Without a file nobody knows which services there are.
    if (!exists && target.project && !known(service)) throw compose::no_such_service(*target.project, service);
  }
  // Of whole services: a replica that is not shown may be the ready one.
  std::erase_if(containers, [&](const model::Container& c) {
    return !flags.services.empty() && !contains(flags.services, c.spec.service);
  });
  const std::vector<std::string> unready = model::unready_ports(containers);
  std::erase_if(containers, [&](const model::Container& c) {
    if (!states.empty() && !contains(states, model::to_string(c.state.status))) return true;
    // What no active profile asks for is an orphan here, unless it is named.
    const bool declared = !target.project || target.project->services.contains(c.spec.service);
    if (!flags.orphans && !declared && flags.services.empty()) return true;
    return c.spec.one_off && !flags.all && states.empty();
  });
  if (flags.quiet) {
    for (const model::Container& container : containers) std::cout << container.id << "\n";
  } else if (flags.list_services) {
    std::set<std::string> services;
    for (const model::Container& container : containers) services.insert(container.spec.service);
    for (const std::string& service : services) std::cout << service << "\n";
  } else {
    const Wall now = SystemClock{}.wall();
    const bool table = flags.format.empty() || flags.format == "table";
    std::cout << (table ? ps_table(containers, now, flags.no_trunc)
                        : format_rows(flags.format, ps_json(containers, now, flags.no_trunc), ps_titles()));
    if (!table) return 0;
    std::cout.flush();
    if (containers.empty() && states.empty()) hint_at_others(session, session.engine(), target.name);
    for (const std::string& sentence : unready) std::cerr << "warning: " << printable(sentence) << "\n";
  }
  return 0;
}

}  // namespace stack::cli
