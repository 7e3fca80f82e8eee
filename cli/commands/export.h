// `stack export`: a container's root file system as an archive.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

struct ExportFlags {
  std::string service, output;  // empty: standard output
  int index = 0;                // 0: the first
};
int export_container(Session& session, const ExportFlags& flags);

}  // namespace stack::cli
