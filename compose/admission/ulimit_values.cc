#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "compose/admission/ulimit_names.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {

void check_ulimits(const Service& service, ServiceReport& report) {
  for (const auto& [name, limit] : service.ulimits) {
    const std::string at = "ulimits." + name;
    if (std::ranges::find(kUlimitNames, ulimit_name(name)) == kUlimitNames.end()) {
      const std::string near = did_you_mean(name, {kUlimitNames.begin(), kUlimitNames.end()});
      report.refuse(at, "the kernel has no limit \"" + name + "\"; " +
                            (near.empty() ? "known ones are nofile, nproc, memlock, core and stack" : near));
      continue;
    }
    if (limit.soft < -1 || limit.hard < -1) {
      report.refuse(at, "a limit cannot be below -1, which means unlimited");
    } else if (limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard)) {
      report.refuse(at, "the soft limit, " +
                            (limit.soft == -1 ? std::string{"unlimited"} : std::to_string(limit.soft)) +
                            ", is above the hard one, " + std::to_string(limit.hard) + "; raise hard, or lower soft");
    }
  }
}

}  // namespace stack::compose
