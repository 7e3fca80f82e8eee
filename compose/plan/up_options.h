// What an `up` asks for besides the project. A value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/model/one_off.h"
#include "compose/plan/cause.h"
#include "compose/plan/operation.h"

namespace stack::compose {

struct PlannedPull {
  PullImage operation;
  PullWanted cause;
};

// `after`: indices of builds in front of it whose images it begins with.
struct PlannedBuild {
  BuildImage operation;
  Cause cause;
  std::vector<std::size_t> after{};
};

struct UpOptions {
  std::vector<std::string> services{};  // targets; empty: all
  bool no_deps = false;                 // leave the targets' dependencies alone
  bool force_recreate = false, no_recreate = false, always_recreate_deps = false;
  bool renew_volumes = false;
  bool remove_orphans = false;
  bool ignore_orphans = false;  // do not even warn of them
  bool no_start = false;
  bool wait = false;                       // until all are running, or healthy where there is a check
  std::map<std::string, int> scale{};      // overrides by service
  std::optional<Nanos> timeout{};          // for stopping, instead of each container's own
  std::optional<model::OneOff> one_off{};  // created, and not started, once what its service depends on is there
  std::vector<PlannedPull> pulls{};        // before anything else
  std::vector<PlannedBuild> builds{};      // beside the pulls
};

}  // namespace stack::compose
