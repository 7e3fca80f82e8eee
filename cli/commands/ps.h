// `stack ps`: the project's containers.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct PsFlags {
  std::vector<std::string> services, status, filter;
  bool all = false, quiet = false, no_trunc = false, list_services = false, orphans = true;
  std::string format = "table";
};

int ps(Session& session, const PsFlags& flags);

}  // namespace stack::cli
