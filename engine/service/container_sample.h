// One look at what a container uses: its control group, its interfaces, the machine. The parsers are pure and take any text; what is
// missing stays at zero.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/api/stats_backend.h"
#include "engine/cgroup/layout.h"

namespace stack::service {

// Of /proc/PID/net/dev, by interface, without the loopback one.
std::map<std::string, api::NetworkCounters> parse_interfaces(std::string_view text);
// Of the first line of /proc/stat: what all processors have spent, idle time included, in nanoseconds.
std::uint64_t parse_machine_cpu(std::string_view text, std::int64_t ticks_per_second);

// Where to look.
struct SampleSource {
  std::string id, name;
  std::string group;         // path below each hierarchy
  std::int32_t pid = 0;      // of its first process; 0: it does not run
  bool has_network = false;  // of its own, or another container's
};

// Reads some fifteen small files of the kernel: on a pool.
api::ContainerSample take_sample(const cgroup::Layout& layout, const SampleSource& source, Wall now);

}  // namespace stack::service
