#include "base/model/sysctl.h"

#include <algorithm>
#include <array>
#include <string_view>

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

}  // namespace stack::model
