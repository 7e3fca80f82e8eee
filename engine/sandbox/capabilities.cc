#include "engine/sandbox/capabilities.h"

#include <algorithm>
#include <array>

#include <linux/capability.h>

#include "base/error.h"
#include "base/letter_case.h"

namespace stack::sandbox {
namespace {

// In the order of their numbers, capabilities(7).
constexpr std::array<std::string_view, 41> kNames = {"CAP_CHOWN",
                                                     "CAP_DAC_OVERRIDE",
                                                     "CAP_DAC_READ_SEARCH",
                                                     "CAP_FOWNER",
                                                     "CAP_FSETID",
                                                     "CAP_KILL",
                                                     "CAP_SETGID",
                                                     "CAP_SETUID",
                                                     "CAP_SETPCAP",
                                                     "CAP_LINUX_IMMUTABLE",
                                                     "CAP_NET_BIND_SERVICE",
                                                     "CAP_NET_BROADCAST",
                                                     "CAP_NET_ADMIN",
                                                     "CAP_NET_RAW",
                                                     "CAP_IPC_LOCK",
                                                     "CAP_IPC_OWNER",
                                                     "CAP_SYS_MODULE",
                                                     "CAP_SYS_RAWIO",
                                                     "CAP_SYS_CHROOT",
                                                     "CAP_SYS_PTRACE",
                                                     "CAP_SYS_PACCT",
                                                     "CAP_SYS_ADMIN",
                                                     "CAP_SYS_BOOT",
                                                     "CAP_SYS_NICE",
                                                     "CAP_SYS_RESOURCE",
                                                     "CAP_SYS_TIME",
                                                     "CAP_SYS_TTY_CONFIG",
                                                     "CAP_MKNOD",
                                                     "CAP_LEASE",
                                                     "CAP_AUDIT_WRITE",
                                                     "CAP_AUDIT_CONTROL",
                                                     "CAP_SETFCAP",
                                                     "CAP_MAC_OVERRIDE",
                                                     "CAP_MAC_ADMIN",
                                                     "CAP_SYSLOG",
                                                     "CAP_WAKE_ALARM",
                                                     "CAP_BLOCK_SUSPEND",
                                                     "CAP_AUDIT_READ",
                                                     "CAP_PERFMON",
                                                     "CAP_BPF",
                                                     "CAP_CHECKPOINT_RESTORE"};

bool names_all(const std::vector<std::string>& names) {
  return std::ranges::any_of(names,
                             [](const std::string& name) { return upper(name) == "ALL" || upper(name) == "CAP_ALL"; });
}

std::uint64_t mask_of(const std::vector<std::string>& names) {
  std::uint64_t mask = 0;
  for (const std::string& name : names) {
    if (upper(name) == "ALL" || upper(name) == "CAP_ALL") continue;
    const auto number = capability_number(name);
    if (!number) throw Error(ErrorKind::invalid, "unknown capability \"" + name + "\"");
    mask |= capability_bit(*number);
  }
  return mask;
}

}  // namespace

std::optional<int> capability_number(std::string_view name) {
  std::string wanted = upper(name);
  if (!wanted.starts_with("CAP_")) wanted = "CAP_" + wanted;
  const auto at = std::ranges::find(kNames, wanted);
  if (at == kNames.end()) return std::nullopt;
  return static_cast<int>(at - kNames.begin());
}

std::string_view capability_name(int number) {
  return number >= 0 && number < static_cast<int>(kNames.size()) ? kNames[static_cast<std::size_t>(number)]
                                                                 : std::string_view{};
}

std::uint64_t default_capabilities() {
  return capability_bit(CAP_CHOWN) | capability_bit(CAP_DAC_OVERRIDE) | capability_bit(CAP_FSETID) |
         capability_bit(CAP_FOWNER) | capability_bit(CAP_MKNOD) | capability_bit(CAP_NET_RAW) |
         capability_bit(CAP_SETGID) | capability_bit(CAP_SETUID) | capability_bit(CAP_SETFCAP) |
         capability_bit(CAP_SETPCAP) | capability_bit(CAP_NET_BIND_SERVICE) | capability_bit(CAP_SYS_CHROOT) |
         capability_bit(CAP_KILL) | capability_bit(CAP_AUDIT_WRITE);
}

std::uint64_t capability_set(const std::vector<std::string>& add, const std::vector<std::string>& drop, bool privileged,
                             std::uint64_t all) {
  const std::uint64_t added = mask_of(add), dropped = mask_of(drop);
  for (const std::string& name : add) {
    const auto number = capability_number(name);
    if (number && (all & capability_bit(*number)) == 0) {
      throw Error(ErrorKind::unsupported, "cap_add: " + name + " is not available to the engine itself");
    }
  }
  if (privileged) return all;
  // A name beside ALL on the other side wins: "drop ALL, add CHOWN" is CHOWN, "add ALL, drop CHOWN" all but CHOWN.
  if (names_all(add)) return all & ~dropped;
  if (names_all(drop)) return added;
  return ((default_capabilities() & ~dropped) | added) & all;
}

}  // namespace stack::sandbox
