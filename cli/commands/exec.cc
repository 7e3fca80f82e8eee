#include "cli/commands/exec.h"

#include <iostream>

#include <unistd.h>

#include "cli/commands/exit_codes.h"
#include "cli/commands/flag_values.h"
#include "cli/commands/replica_choice.h"
#include "cli/commands/run_failed.h"
#include "cli/view/container_rows.h"
#include "engine/api/runtime_words.h"
#include "engine/client/engine_error.h"
#include "engine/client/exec_client.h"

namespace stack::cli {
namespace {

// `left`: the exit code when the detach keys were typed.
int run_in(Session& session, const api::ExecRequest& request, const std::string& detach_keys, int left) {
  const auto signals = session.options().docker ? client::ExecSignals::leave : client::ExecSignals::end;
  const auto code = client::run_exec(session.socket_path(), request, detach_keys, nullptr, signals);
  if (!code) std::cerr << "read escape sequence\n";
  return code.value_or(left);
}

}  // namespace

int exec(Session& session, const ExecFlags& flags) {
  const Session::Target target = session.target({});
  check_service(session, target, flags.service);
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
    return run_in(session, request, flags.detach_keys, 0);
  } catch (const Error& error) {
    // Somebody who waits for a program learns what became of it.
    throw RunFailed{error, false, request.detach ? 1 : exit_code_of(error, 1)};
  }
}

int container_exec(Session& session, const ContainerExecFlags& flags) {
  std::vector<std::string> env = lines_of_files(flags.env_files);
  for (std::string& word : environment_of(flags.env)) env.push_back(std::move(word));
  const Inspected container = parse_inspected(session.engine().inspect_container(flags.container, false));
  api::ExecRequest request{.container = container.id,
                           .argv = flags.command,
                           .env = std::move(env),
                           .user = flags.user,
                           .working_dir = flags.workdir};
  request.tty = flags.tty;
  request.privileged = flags.privileged;
  request.detach = flags.detach;
  request.stdin_open = flags.interactive && !flags.detach;
  if (request.stdin_open && flags.tty && ::isatty(0) == 0)
    throw Error(ErrorKind::invalid, "the input device is not a TTY");
  try {
    return run_in(session, request, flags.detach_keys, 1);
  } catch (const client::EngineError& error) {
    if (!session.options().docker) throw;
    if (error.message().starts_with("container ") && error.message().ends_with(" is not running"))
      throw client::EngineError(Error(error.kind(), "container " + container.id + " is not running"));
    if (!flags.detach || !api::concerns_program(error.message())) throw;
    throw client::EngineError(Error("OCI runtime exec failed: exec failed: unable to start container process: " +
                                    api::runtime_words(error.message())));
  }
}

}  // namespace stack::cli
