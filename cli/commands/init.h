// `stack init`: a first Compose file for what is found in the folder. Never overwrites one.
#pragma once

#include "cli/commands/session.h"

namespace stack::cli {

struct InitFlags {
  bool quiet = false;
};

// Writes compose.yaml into the project's folder, or the one file that --file names; with --dry-run prints it. Throws conflict when there
// is a Compose file, under whichever name.
int init(Session& session, const InitFlags& flags);

}  // namespace stack::cli
