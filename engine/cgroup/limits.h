// A container's limits as writes to control group files. Pure: the same limits and mode give the same list, in the
// order in which they must be written.
//
// Files and ranges: kernel documentation "Control Group v2" and the v1 controllers' pages; the arithmetic from Docker's
// shares, periods and swap totals to version 2 is that of the OCI runtime-spec.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/model/container_spec.h"
#include "engine/cgroup/layout.h"

namespace stack::cgroup {

struct Write {
  std::string controller;  // which hierarchy with version 1
  std::string file;        // "memory.max"
  std::string value;
  bool optional = false;  // not every kernel has the file
  bool operator==(const Write&) const = default;
};

// Block devices by their paths: "8:16".
using DeviceNumbers = std::map<std::string, std::string>;

// `numbers` has every device that a limit is for; null: limits of devices are judged and not written.
// Throws stack::Error(invalid) for limits that contradict each other (swap below memory, a period out of range) and
// Error(unsupported) for what a mode cannot express (oom_kill_disable and real-time limits with version 2).
std::vector<Write> limit_writes(const model::Resources& resources, Mode mode, bool swap_accounting,
                                const DeviceNumbers* numbers = nullptr);

// Version 1's cpu.shares (2..262144) as version 2's cpu.weight (1..10000); 0 stays 0.
std::uint64_t weight_of_shares(std::int64_t shares);

}  // namespace stack::cgroup
