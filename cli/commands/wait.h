// `stack wait`: until containers of services end.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct WaitFlags {
  std::vector<std::string> services;
  bool down_project = false;
};

// Returns the exit code of the container that ended last, or first with `down_project`.
int wait(Session& session, const WaitFlags& flags);

}  // namespace stack::cli
