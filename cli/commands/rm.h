// `stack rm`: removes containers that do not run.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct RmFlags {
  std::vector<std::string> services;
  bool force = false, stop = false, volumes = false;
};

int rm(Session& session, const RmFlags& flags);

}  // namespace stack::cli
