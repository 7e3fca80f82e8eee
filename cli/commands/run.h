// `stack run`: one command in a container of its own, with the settings of a service; what the service depends on is started before.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct RunFlags {
  std::string service;
  std::vector<std::string> command;
  std::vector<std::string> env, env_files, volumes, publish, labels, cap_add, cap_drop;
  std::optional<std::string> entrypoint;
  std::string user, workdir, name, pull;
  bool detach = false, remove = false, no_tty = false, interactive = true;
  bool no_deps = false, service_ports = false, use_aliases = false;
  bool build = false, quiet = false, quiet_build = false, quiet_pull = false, remove_orphans = false;
};

// Returns the exit code of the command in the container.
int run(Session& session, const RunFlags& flags);

}  // namespace stack::cli
