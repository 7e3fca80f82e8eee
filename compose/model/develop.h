// What `watch` does when files of the source tree change (Compose develop specification). Plain values.
#pragma once

#include "compose/model/values.h"

namespace stack::compose {

struct WatchTrigger {
  std::string path;    // absolute
  std::string action;  // rebuild, sync, restart, sync+restart, sync+exec
  std::string target;
  std::optional<Hook> exec;
  Strings include, ignore;
  bool initial_sync = false;
  Extensions extensions;
  bool operator==(const WatchTrigger&) const = default;
};

struct Develop {
  std::vector<WatchTrigger> watch;
  Extensions extensions;
  bool operator==(const Develop&) const = default;
};

}  // namespace stack::compose
