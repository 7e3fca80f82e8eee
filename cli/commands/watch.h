// `stack watch`: brings changed files of this machine into the containers of a project, as its `develop.watch` sections say.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct WatchFlags {
  std::vector<std::string> services;
  bool no_up = false, quiet = false, prune = true;
};

int watch_project(Session& session, const WatchFlags& flags);

}  // namespace stack::cli
