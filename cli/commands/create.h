// `stack create` and `stack scale`: an `up` that starts nothing, and one of named services in the background.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/up.h"

namespace stack::cli {

struct ScaleFlags {
  std::vector<std::string> replicas;  // SERVICE=NUM
  bool no_deps = false;
};

int create(Session& session, const UpFlags& flags);
int scale(Session& session, const ScaleFlags& flags);

}  // namespace stack::cli
