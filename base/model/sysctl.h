// The settings of the kernel that a container may have for itself, by the namespace that keeps them. Pure.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace stack::model {

enum class SysctlScope { none, network, ipc, host_name };

struct Sysctl {
  std::string path;  // below /proc/sys
  SysctlScope scope = SysctlScope::none;
};

// Names are written with dots or, as sysctl(8) takes them as well, with slashes; behind a slash as the first separator, dots
// belong to names of interfaces: net/ipv4/conf/eth0.5/forwarding. Scope none: a container has no such setting of its own.
Sysctl parse_sysctl(const std::string& name);

// The settings of a container's interface that the option kSysctlsOption (network_options.h) lists, if it is there: paths below
// /proc/sys with their values. Throws Error(invalid) in Docker's words for one that is not of the interface.
std::vector<std::pair<std::string, std::string>> interface_sysctls(
    const std::map<std::string, std::string>& driver_opts, const std::string& interface);

}  // namespace stack::model
