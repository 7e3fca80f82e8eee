#include "engine/sandbox/seccomp_filter.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/error.h"
#include "engine/sandbox/seccomp_export.h"

namespace stack::sandbox {
namespace {

// Every CLONE_NEW* flag that clone(2) can carry; CLONE_NEWTIME is not among them, its bit means a signal there.
constexpr std::uint64_t kNamespaceFlags = 0x7E020000;
constexpr std::uint64_t kPersonalities[] = {0x0, 0x0008, 0x20000, 0x20008, 0xffffffff};
constexpr std::uint64_t kVsock = 40;
// The highest number that the policy's authors have looked at.
constexpr std::uint32_t kNewestSyscall = 466;

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

void check_filter(int rc, std::string_view step) {
  if (rc < 0) throw Error::from_errno(-rc, "compiling the system call filter: " + std::string(step));
}

// Names of the policy that a libseccomp may be too old to know. Their numbers are the same on every processor.
struct Young {
  std::string_view name;
  std::uint32_t number;
};
constexpr Young kYoung[] = {{"statmount", 457},         {"listmount", 458},        {"lsm_get_self_attr", 459},
                            {"lsm_set_self_attr", 460}, {"lsm_list_modules", 461}, {"mseal", 462},
                            {"setxattrat", 463},        {"getxattrat", 464},       {"listxattrat", 465},
                            {"removexattrat", 466}};

void allow(scmp_filter_ctx context, std::string_view name, std::vector<std::uint32_t>& by_number) {
  const std::string text(name);
  const int number = seccomp_syscall_resolve_name(text.c_str());
  if (number == __NR_SCMP_ERROR) {
    // Another name that this libseccomp or this processor does not know can be asked for by nobody under that name.
    const auto* young = std::ranges::find(kYoung, name, &Young::name);
    if (young != std::end(kYoung)) by_number.push_back(young->number);
    return;
  }
  const int rc = seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0);
  if (rc != -EDOM) check_filter(rc, name);
}

void add_conditions(scmp_filter_ctx context, bool may_make_namespaces) {
  for (const std::uint64_t value : kPersonalities) {
    check_filter(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, SCMP_A0(SCMP_CMP_EQ, value)),
                 "personality");
  }
  check_filter(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_LT, kVsock)), "socket");
  check_filter(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, kVsock)), "socket");
  if (may_make_namespaces) {
    check_filter(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clone), 0), "clone");
  } else {
    check_filter(
        seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaceFlags, 0)),
        "clone");
    // Its flags are in memory, where a filter cannot look; a C library falls back to clone.
    check_filter(seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "clone3");
  }
}

// What stands in front of libseccomp's program: also those of `by_number` are allowed.
std::vector<sock_filter> prologue(const std::vector<std::uint32_t>& by_number) {
  std::vector<sock_filter> out = not_implemented_above(kNewestSyscall);
  for (const std::uint32_t number : by_number) {
    out.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    out.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  return out;
}

std::vector<std::byte> compile(std::uint64_t capabilities) {
  const Context context(seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
  if (!context) throw Error("compiling the system call filter: out of memory");
#if defined(__x86_64__)
  check_filter(seccomp_arch_add(context.get(), SCMP_ARCH_X86), "x86");
  check_filter(seccomp_arch_add(context.get(), SCMP_ARCH_X32), "x32");
#elif defined(__aarch64__)
  check_filter(seccomp_arch_add(context.get(), SCMP_ARCH_ARM), "arm");
#endif
  check_filter(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
  std::vector<std::uint32_t> by_number;
  for (const SyscallGroup& group : seccomp_policy()) {
    if (group.any_capability != 0 && (group.any_capability & capabilities) == 0) continue;
    for (const std::string_view name : group.names) allow(context.get(), name, by_number);
  }
  add_conditions(context.get(), (capabilities & (std::uint64_t{1} << CAP_SYS_ADMIN)) != 0);
  return export_filter(context.get(), prologue(by_number));
}

}  // namespace

std::vector<std::byte> seccomp_program(std::uint64_t capabilities) {
  static std::mutex mutex;
  static std::map<std::uint64_t, std::vector<std::byte>> cache;
  std::uint64_t relevant = 0;
  for (const SyscallGroup& group : seccomp_policy()) relevant |= group.any_capability;
  const std::lock_guard lock(mutex);
  if (const auto at = cache.find(capabilities & relevant); at != cache.end()) return at->second;
  std::vector<std::byte> program = compile(capabilities & relevant);
  if (cache.size() < kVariantsMax) cache.emplace(capabilities & relevant, program);
  return program;
}

}  // namespace stack::sandbox
