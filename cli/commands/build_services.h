// `stack build`: the images of the project's services that have a build section.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct BuildFlags {
  std::vector<std::string> services, build_args, ssh;
  std::string builder, memory, provenance, sbom, progress;
  bool no_cache = false, pull = false, push = false, quiet = false, with_dependencies = false, print = false,
       check = false;
};
// 1 when --check finds something.
int build(Session& session, const BuildFlags& flags);

}  // namespace stack::cli
