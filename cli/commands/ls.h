// `stack ls`: the projects that have containers.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct LsFlags {
  bool all = false, quiet = false;
  std::string format = "table";
  std::vector<std::string> filters;  // name=PATTERN
};

int ls(Session& session, const LsFlags& flags);

}  // namespace stack::cli
