// Which device nodes a container may use: version 1's devices.allow lines, or version 2's BPF program of type
// cgroup/device. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/sandbox/host_facts.h"

namespace stack::sandbox {

struct DeviceRule {
  char type = 'c';                      // c, b, or a for both
  std::int64_t major = -1, minor = -1;  // -1: any
  std::string access = "rwm";
  bool operator==(const DeviceRule&) const = default;
};

// mknod of anything, use of null, zero, full, random, urandom, tty, console, ptmx, pts and net/tun, then `devices`.
std::vector<DeviceRule> device_rules(const std::vector<DeviceNode>& devices, bool privileged);
// "c 1:3 rwm", "b 7:* r". Throws Error(invalid).
DeviceRule parse_device_rule(const std::string& text);
// "c 1:3 rwm".
std::string rule_line(const DeviceRule& rule);
// eBPF instructions that return 1 for what a rule allows and 0 else; empty when everything is allowed.
std::vector<std::byte> device_program(const std::vector<DeviceRule>& rules);

}  // namespace stack::sandbox
