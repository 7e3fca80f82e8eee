// `stack exec`: a further process in a running container of a service.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"
#include "base/detach_keys.h"

namespace stack::cli {

struct ExecFlags {
  std::string service, user, workdir, detach_keys{kDetachKeys};
  std::vector<std::string> command, env;
  bool detach = false, no_tty = false, privileged = false;
  int index = 0;
};

// Returns the process's exit code; 126 or 127 when it cannot be executed.
int exec(Session& session, const ExecFlags& flags);

}  // namespace stack::cli
