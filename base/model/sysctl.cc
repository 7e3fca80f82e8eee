#include "base/model/sysctl.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/model/network_options.h"

namespace stack::model {
namespace {

// ipc_namespaces(7), and what of it the kernel keeps for each of them.
constexpr std::array<std::string_view, 8> kIpc{"kernel/msgmax", "kernel/msgmnb",         "kernel/msgmni",
                                               "kernel/sem",    "kernel/shmall",         "kernel/shmmax",
                                               "kernel/shmmni", "kernel/shm_rmid_forced"};

bool is_clean(std::string_view path) {
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") return false;
    at = end + 1;
  }
  return true;
}

}  // namespace

Sysctl parse_sysctl(const std::string& name) {
  Sysctl found{.path = name};
  const std::size_t first = name.find_first_of("./");
  if (first == std::string::npos) return found;
  if (name[first] == '.') std::ranges::replace(found.path, '.', '/');
  if (!is_clean(found.path)) return found;
  if (found.path.starts_with("net/")) {
    found.scope = SysctlScope::network;
  } else if (found.path.starts_with("fs/mqueue/") || std::ranges::find(kIpc, found.path) != kIpc.end()) {
    found.scope = SysctlScope::ipc;
  } else if (found.path == "kernel/domainname") {
    found.scope = SysctlScope::host_name;
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> interface_sysctls(
    const std::map<std::string, std::string>& driver_opts, const std::string& interface) {
  std::vector<std::pair<std::string, std::string>> found;
  const auto option = driver_opts.find(std::string{kSysctlsOption});
  if (option == driver_opts.end()) return found;
  const std::string_view list = option->second;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string_view each = list.substr(at, end - at);
    at = end + 1;
    const std::size_t equals = std::min(each.find('='), each.size());
    std::vector<std::string_view> parts;  // net, X, Y, IFNAME and what is left, which may have dots
    for (std::string_view rest = each.substr(0, equals);
         parts.size() < 4 && rest.find('.') != std::string_view::npos;) {
      parts.push_back(rest.substr(0, rest.find('.')));
      rest.remove_prefix(rest.find('.') + 1);
      if (parts.size() == 4) parts.push_back(rest);
    }
    const bool fits = parts.size() == 5 && equals < each.size() && parts[0] == "net" &&
                      (parts[1] == "ipv4" || parts[1] == "ipv6" || parts[1] == "mpls") &&
                      (parts[3] == "IFNAME" || parts[3] == "ifname");
    std::string path;
    if (fits) {
      for (const std::string_view part : {parts[0], parts[1], parts[2]}) path.append(part).append("/");
      path += interface + "/" + std::string{parts[4]};
    }
    if (!is_clean(path)) {
      throw Error(ErrorKind::invalid, "unrecognised network interface sysctl '" + std::string{each} +
                                          "'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be "
                                          "'ipv4', 'ipv6' or 'mpls'");
    }
    found.emplace_back(std::move(path), each.substr(equals + 1));
  }
  return found;
}

}  // namespace stack::model
