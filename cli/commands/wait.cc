#include "cli/commands/wait.h"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <set>

#include "cli/commands/exit_codes.h"
#include "cli/commands/lifecycle.h"
#include "cli/commands/replica_choice.h"

namespace stack::cli {
namespace {

int exit_code_of(const model::Event& event) {
  const auto text = event.attributes.find("exitCode");
  int code = 0;
  if (text != event.attributes.end())
    std::from_chars(text->second.data(), text->second.data() + text->second.size(), code);
  return code;
}

// The running containers of the services.
std::set<std::string> running(Session& session, const std::string& project, const std::vector<std::string>& services) {
  std::set<std::string> ids;
  for (const model::Container& container : session.engine().containers(project, false)) {
    if (std::find(services.begin(), services.end(), container.spec.service) != services.end()) ids.insert(container.id);
  }
  return ids;
}

}  // namespace

int wait(Session& session, const WaitFlags& flags) {
  const Session::Target target = session.target({});
  for (const std::string& service : flags.services) check_service(session, target, service);
  // What ends between the two questions is in the history.
  const client::EventChoice choice{
      .filters = {{"type", "container"}, {"event", "die"}, {"label", "com.docker.compose.project=" + target.name}},
      .since = SystemClock{}.wall(),
      .until = {}};
  std::set<std::string> open = running(session, target.name, flags.services);
  if (open.empty())
    throw Error(ErrorKind::not_found, "no containers for project \"" + target.name + "\" to wait for")
        .remedy("those of the services do not run; see: stack ps -a");
  if (session.options().dry_run) {
    for (const std::string& id : open) std::cout << "wait for container " << id << "\n";
    return 0;
  }
  catch_interrupts();
  int code = 0;
  try {
    session.engine().events(
        choice,
        [&](const model::Event& event) {
          if (open.erase(event.id) == 0) return true;
          code = exit_code_of(event);
          std::cout << "container \"" << event.id << "\" exited with status code " << code << "\n" << std::flush;
          return !open.empty() && !flags.down_project;
        },
        &interrupted);
  } catch (const Error&) {
    if (!interrupted.load()) throw;
    return kInterruptedExit;
  }
  if (flags.down_project) down(session, {});
  return code;
}

}  // namespace stack::cli
