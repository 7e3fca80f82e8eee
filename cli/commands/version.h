// `stack version`: of this program; it reads no project and asks no engine.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

struct VersionFlags {
  bool brief = false;
  std::string format = "pretty";
};

int version(Session& session, const VersionFlags& flags);

}  // namespace stack::cli
