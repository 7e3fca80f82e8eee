// `stack lint`: mistakes of the Compose file, and what is allowed and bites later.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct LintFlags {
  std::string format = "text";
  std::vector<std::string> disable;  // names of warnings
  bool strict = false, list = false;
};

// 0: no mistake; 1: the file has mistakes; 2: --strict was given and there are warnings.
int lint(Session& session, const LintFlags& flags);

// Programs of containers and of their healthchecks that their images lack: of the services that an `up` of `services`, or of all when
// there are none, would start. Of images that are here; empty without an engine that runs.
compose::Diagnostics missing_programs(Session& session, const compose::LoadResult& loaded,
                                      const std::vector<std::string>& services, bool no_deps);

// The diagnostics of the last load as JSON, with the ends of what they point at.
std::string diagnostics_text(const compose::Diagnostics& diagnostics);

}  // namespace stack::cli
