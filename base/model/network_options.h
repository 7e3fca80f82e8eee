// The options of a network's driver that this engine honours, by the names that Docker's users know. Others have no
// effect, of which whoever reads the file is warned.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace stack::model {

inline constexpr std::array<std::string_view, 9> kBridgeOptions = {"com.docker.network.bridge.enable_icc",
                                                                   "com.docker.network.bridge.enable_ip_masquerade",
                                                                   "com.docker.network.bridge.host_binding_ipv4",
                                                                   "com.docker.network.bridge.inhibit_ipv4",
                                                                   "com.docker.network.bridge.name",
                                                                   "com.docker.network.container_iface_prefix",
                                                                   "com.docker.network.driver.mtu",
                                                                   "com.docker.network.enable_ipv6",
                                                                   "mtu"};
inline bool is_bridge_option(std::string_view name) {
  return std::find(kBridgeOptions.begin(), kBridgeOptions.end(), name) != kBridgeOptions.end();
}

// Of a service's place on a network: the name of its interface there.
inline constexpr std::string_view kInterfaceOption = "com.docker.network.endpoint.ifname";
// And settings of the kernel for it: "net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.accept_ra=0".
inline constexpr std::string_view kSysctlsOption = "com.docker.network.endpoint.sysctls";

}  // namespace stack::model
