#include "cli/commands/exec.h"

#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "cli/commands/replica_choice.h"
#include "engine/client/exec_client.h"

namespace stack::cli {
namespace {

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
  check_service(target, flags.service);
  if (!flags.workdir.empty() && flags.workdir.front() != '/') {
    std::cerr << "stack: the working directory " << flags.workdir << " is not an absolute path\n";
    return 128;
  }
  const model::Container container = running_replica(session, target, flags.service, flags.index);
  if (session.options().dry_run) {
    std::cout << "exec in " << container.spec.name << ":";
    for (const std::string& word : flags.command) std::cout << " " << word;
    std::cout << "\n";
    return 0;
  }
  api::ExecRequest request{.container = container.id,
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
