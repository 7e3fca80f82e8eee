// `stack top`: the processes of the containers.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct TopFlags {
  std::vector<std::string> services;
};

int top(Session& session, const TopFlags& flags);

}  // namespace stack::cli
