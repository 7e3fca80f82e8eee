// `stack attach`: this terminal's streams and those of a service's container, until it ends or the detach keys are typed.
#pragma once

#include <string>

#include "base/detach_keys.h"
#include "cli/commands/session.h"

namespace stack::cli {

struct AttachFlags {
  std::string service;
  int index = 0;
  bool no_stdin = false, sig_proxy = true;
  std::string detach_keys{kDetachKeys};
};

// Returns the exit code of the container.
int attach(Session& session, const AttachFlags& flags);

}  // namespace stack::cli
