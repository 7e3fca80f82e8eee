// What a launch plan depends on beside its input: facts of this machine. Gathered once per start by the caller, so that
// planning itself stays pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/cgroup/layout.h"
#include "engine/sandbox/launch_input.h"

namespace stack::sandbox {

struct DeviceNode {
  std::string source;  // path on the host
  std::string target;  // path in the container
  bool block = false;
  std::uint32_t major = 0, minor = 0;
  std::uint32_t mode = 0666, uid = 0, gid = 0;
  std::string permissions;  // "rwm"
};

struct HostFacts {
  cgroup::Layout cgroups;
  bool swap_accounting = false;
  unsigned processors = 0;                             // that are at work; 0: not known
  bool apparmor = false;                               // see apparmor.h
  std::string apparmor_default;                        // profile of containers that ask for none; empty: none is loaded
  std::uint64_t last_capability = 40;                  // highest number that the kernel knows
  std::uint64_t own_capabilities = ~std::uint64_t{0};  // what the engine itself may hand on
  std::vector<std::string> heat_folders;               // /sys/devices/system/cpu/cpuN/thermal_throttle, where there are
  std::uint64_t files_hard = 524'288;  // RLIMIT_NOFILE that the engine has, the most it can give on without a right
  std::map<std::string, std::string> block_devices;  // those that limits are for, by path: "8:16"
  std::vector<DeviceNode> devices;  // spec.devices looked up (folders expanded); with privileged also all of /dev
};

// Facts that hold as long as the machine runs; cheap to keep.
HostFacts gather_host_facts();
// Adds what this input needs: its device nodes, and the numbers of the block devices that it limits. Throws stack::Error(invalid) when a
// device does not exist.
HostFacts gather_host_facts(const HostFacts& machine, const LaunchInput& input);

}  // namespace stack::sandbox
