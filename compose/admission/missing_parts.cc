#include "compose/admission/missing_parts.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/model/sysctl.h"

namespace stack::compose {
namespace {

// Whether the kernel can be asked for a setting before the container is there: not for those of interfaces, which the container
// alone has, and not for those that come with a module.
bool is_known_before(const std::string& path) {
  static constexpr std::array<std::string_view, 20> kModules{
      "net/netfilter/", "net/bridge/",    "net/sctp/",  "net/mptcp/", "net/mpls/", "net/rds/",   "net/tipc/",
      "net/x25/",       "net/smc/",       "net/vsock/", "net/can/",   "net/dccp/", "net/llc/",   "net/nf_conntrack",
      "net/ipv4/vs/",   "net/ipv4/ip_co", "net/ax25/",  "net/rose/",  "net/ipx/",  "net/netrom/"};
  if (std::ranges::any_of(kModules, [&](std::string_view module) { return path.starts_with(module); })) return false;
  return path.find("/netfilter/") == std::string::npos;
}

// Each interface has the settings of the one called default.
std::string of_any_interface(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  if (parts.size() > 4 && (parts[2] == "conf" || parts[2] == "neigh")) parts[3] = "default";
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : "/") + part;
  return joined;
}

}  // namespace

std::vector<Objection> find_missing_parts(const Service& service,
                                          const std::function<bool(const std::string& path)>& exists) {
  std::vector<Objection> missing;
  ServiceReport report{service, missing};
  for (std::size_t i = 0; i < service.devices.size(); ++i) {
    const std::string& source = service.devices[i].source;
    // A privileged container has all devices that there are; others may be names of a machine's description.
    if (service.privileged || !source.starts_with('/') || exists(source)) continue;
    report.refuse(item_of("devices", i), "there is no device " + source + " on this machine");
  }
  for (const auto& [name, value] : service.sysctls) {
    const auto [path, scope] = model::parse_sysctl(name);
    if (scope == model::SysctlScope::none || !is_known_before(path)) continue;
    if (exists("/proc/sys/" + of_any_interface(path))) continue;
    report.refuse("sysctls." + name, "this kernel has no setting " + name + ", or a container has none of its own");
  }
  return missing;
}

}  // namespace stack::compose
