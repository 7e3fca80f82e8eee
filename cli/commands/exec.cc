#include "cli/commands/exec.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "compose/model/no_such_service.h"
#include "engine/client/exec_client.h"

namespace stack::cli {
namespace {

// What would help: another number, more replicas, a service that stays, or a start.
std::string way_to_run(const ExecFlags& flags, const std::vector<model::Container>& replicas) {
  const auto has_number = [&](const model::Container& it) {
    return flags.index == 0 || it.spec.replica == flags.index;
  };
  const auto meant = std::find_if(replicas.begin(), replicas.end(), has_number);
  if (meant == replicas.end() && !replicas.empty()) {
    return "it has " + std::to_string(replicas.size()) + (replicas.size() == 1 ? " container" : " containers") +
           "; for more use: stack up -d --scale " + flags.service + "=" + std::to_string(flags.index);
  }
  if (meant != replicas.end() && meant->state.status == model::Status::exited) {
    return meant->spec.name + " exited with code " + std::to_string(meant->state.exit_code) +
           ", and exec needs a container that runs; see: stack logs " + flags.service;
  }
  return "start it with: stack up -d " + flags.service;
}

[[noreturn]] void refuse(Session& session, const std::string& project, const ExecFlags& flags) {
  std::vector<model::Container> replicas = session.engine().containers(project, true);
  std::erase_if(replicas, [&](const auto& it) { return it.spec.service != flags.service || it.spec.one_off; });
  const std::string which = flags.index == 0 ? "" : " container #" + std::to_string(flags.index);
  throw Error(ErrorKind::not_found, "service \"" + flags.service + "\" is not running" + which)
      .remedy(way_to_run(flags, replicas));
}

// NAME alone takes the value from here, and without one here takes the variable away.
std::vector<std::string> environment_of(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  for (const std::string& word : words) {
    if (word.find('=') != std::string::npos) {
      result.push_back(word);
    } else if (const char* value = std::getenv(word.c_str())) {
      result.push_back(word + "=" + value);
    } else {
      result.push_back(word);
    }
  }
  return result;
}

}  // namespace

int exec(Session& session, const ExecFlags& flags) {
  const Session::Target target = session.target({});
  if (target.project && !target.project->services.contains(flags.service) &&
      !target.project->disabled.contains(flags.service)) {
    throw compose::no_such_service(*target.project, flags.service);
  }
  if (!flags.workdir.empty() && flags.workdir.front() != '/') {
    std::cerr << "stack: the working directory " << flags.workdir << " is not an absolute path\n";
    return 128;
  }
  const auto container = session.engine().replica(target.name, flags.service, flags.index);
  if (!container) refuse(session, target.name, flags);
  if (session.options().dry_run) {
    std::cout << "exec in " << container->spec.name << ":";
    for (const std::string& word : flags.command) std::cout << " " << word;
    std::cout << "\n";
    return 0;
  }
  api::ExecRequest request{.container = container->id,
                           .argv = flags.command,
                           .env = environment_of(flags.env),
                           .user = flags.user,
                           .working_dir = flags.workdir};
  request.tty = !flags.no_tty && !flags.detach && ::isatty(0) == 1 && ::isatty(1) == 1;
  request.privileged = flags.privileged;
  request.detach = flags.detach;
  request.stdin_open = !flags.detach;
  try {
    const auto code = client::run_exec(session.socket_path(), request, flags.detach_keys);
    if (!code) std::cerr << "read escape sequence\n";
    return code.value_or(0);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::no_such_command && error.kind() != ErrorKind::not_executable) throw;
    std::cerr << "stack: " << error.render() << "\n";
    return error.kind() == ErrorKind::no_such_command ? 127 : 126;
  }
}

}  // namespace stack::cli
