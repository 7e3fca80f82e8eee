// `stack container prune` and `stack system prune`: what nothing uses goes.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct ContainerPruneFlags {
  bool force = false;
  std::vector<std::string> filters;  // NAME=VALUE
};
struct SystemPruneFlags {
  bool all = false, volumes = false, force = false;
  std::vector<std::string> filters;  // NAME=VALUE
};

int container_prune(Session& session, const ContainerPruneFlags& flags);
int system_prune(Session& session, const SystemPruneFlags& flags);

}  // namespace stack::cli
