// `stack volumes`: the project's volumes.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct VolumesFlags {
  std::vector<std::string> services;
  bool quiet = false;
  std::string format = "table";
};

int volumes(Session& session, const VolumesFlags& flags);

}  // namespace stack::cli
