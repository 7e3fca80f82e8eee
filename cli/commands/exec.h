// `stack exec`: a further process in a running container, of a service or by its name.
#pragma once

#include <string>
#include <vector>

#include "base/detach_keys.h"
#include "cli/commands/session.h"

namespace stack::cli {

struct ExecFlags {
  std::string service, user, workdir, detach_keys{kDetachKeys};
  std::vector<std::string> command, env;
  bool detach = false, no_tty = false, privileged = false;
  int index = 0;
};

// Returns the process's exit code. Throws no_such_command or not_executable when it cannot be executed.
int exec(Session& session, const ExecFlags& flags);

struct ContainerExecFlags {
  std::string container, user, workdir, detach_keys{kDetachKeys};
  std::vector<std::string> command, env, env_files;
  bool detach = false, interactive = false, tty = false, privileged = false;
};
// `stack container exec`: of any container, with Docker's flags. As above; 1 when the detach keys were typed.
int container_exec(Session& session, const ContainerExecFlags& flags);

}  // namespace stack::cli
