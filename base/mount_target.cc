#include "base/mount_target.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace stack {
namespace {

// As runc has them, without /proc/net/dev: what lies behind that link is of one process only.
constexpr std::array<std::string_view, 10> kOpenProcFiles = {"/proc/cpuinfo",
                                                             "/proc/diskstats",
                                                             "/proc/meminfo",
                                                             "/proc/stat",
                                                             "/proc/swaps",
                                                             "/proc/uptime",
                                                             "/proc/loadavg",
                                                             "/proc/slabinfo",
                                                             "/proc/sys/kernel/ns_last_pid",
                                                             "/proc/sys/crypto/fips_enabled"};

}  // namespace

std::string clean_target(std::string_view target) {
  std::string clean = std::filesystem::path(target).lexically_normal().string();
  // "//x" has a meaning of its own to some, not to Linux.
  const std::size_t slashes = clean.find_first_not_of('/');
  if (slashes == std::string::npos) return clean.empty() ? clean : "/";
  if (slashes > 1) clean.erase(0, slashes - 1);
  while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  return clean;
}

bool is_open_proc_file(std::string_view target) {
  return std::ranges::find(kOpenProcFiles, target) != kOpenProcFiles.end();
}

std::string_view target_fault(std::string_view target) {
  if (target.empty() || target.front() != '/' || target.find('\0') != std::string_view::npos) {
    return "is not an absolute path";
  }
  if (target == "/") return "is the root of the container, which nothing can be mounted over";
  if ((target == "/proc" || target.starts_with("/proc/")) && !is_open_proc_file(target)) {
    return "lies inside the container's own /proc, which nothing may be mounted over";
  }
  return {};
}

}  // namespace stack
