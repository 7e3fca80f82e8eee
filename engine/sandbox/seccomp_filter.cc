#include "engine/sandbox/seccomp_filter.h"

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/base/unique_fd.h"

namespace stack::sandbox {
namespace {

// Every CLONE_NEW* flag that clone(2) can carry; CLONE_NEWTIME is not among them, its bit means a signal there.
constexpr std::uint64_t kNamespaceFlags = 0x7E020000;
constexpr std::uint64_t kPersonalities[] = {0x0, 0x0008, 0x20000, 0x20008, 0xffffffff};
constexpr std::uint64_t kVsock = 40;
// The highest number that the policy's authors have looked at, and where the x32 numbers begin.
constexpr std::uint32_t kNewestSyscall = 462;
constexpr std::uint32_t kX32Bit = 0x40000000;

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

void check(int rc, std::string_view step) {
  if (rc < 0) throw Error::from_errno(-rc, "compiling the system call filter: " + std::string(step));
}

void allow(scmp_filter_ctx context, std::string_view name) {
  const std::string text(name);
  const int number = seccomp_syscall_resolve_name(text.c_str());
  // A name that this libseccomp or this processor does not know can be asked for by nobody under that name.
  if (number == __NR_SCMP_ERROR) return;
  const int rc = seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0);
  if (rc != -EDOM) check(rc, name);
}

void add_conditions(scmp_filter_ctx context, bool may_make_namespaces) {
  for (const std::uint64_t value : kPersonalities) {
    check(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, SCMP_A0(SCMP_CMP_EQ, value)),
          "personality");
  }
  check(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_LT, kVsock)), "socket");
  check(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_GT, kVsock)), "socket");
  if (may_make_namespaces) {
    check(seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clone), 0), "clone");
  } else {
    check(
        seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, kNamespaceFlags, 0)),
        "clone");
    // Its flags are in memory, where a filter cannot look; a C library falls back to clone.
    check(seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "clone3");
  }
}

std::vector<std::byte> export_program(scmp_filter_ctx context) {
  const UniqueFd file{::memfd_create("seccomp", MFD_CLOEXEC)};
  if (!file) throw Error::from_errno(errno, "compiling the system call filter");
  check(seccomp_export_bpf(context, file.get()), "export");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) throw Error::from_errno(errno, "compiling the system call filter");
#if defined(__x86_64__)
  const sock_filter newer[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, kNewestSyscall, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
  };
#else
  const sock_filter newer[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, kNewestSyscall, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
  };
#endif
  std::vector<std::byte> bytes(sizeof newer + static_cast<std::size_t>(info.st_size));
  std::memcpy(bytes.data(), newer, sizeof newer);
  const ssize_t n = ::pread(file.get(), bytes.data() + sizeof newer, bytes.size() - sizeof newer, 0);
  if (n != info.st_size) throw Error("compiling the system call filter: short read");
  return bytes;
}

std::vector<std::byte> compile(std::uint64_t capabilities) {
  const Context context(seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
  if (!context) throw Error("compiling the system call filter: out of memory");
#if defined(__x86_64__)
  check(seccomp_arch_add(context.get(), SCMP_ARCH_X86), "x86");
  check(seccomp_arch_add(context.get(), SCMP_ARCH_X32), "x32");
#elif defined(__aarch64__)
  check(seccomp_arch_add(context.get(), SCMP_ARCH_ARM), "arm");
#endif
  check(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize");
  for (const SyscallGroup& group : seccomp_policy()) {
    if (group.any_capability != 0 && (group.any_capability & capabilities) == 0) continue;
    for (const std::string_view name : group.names) allow(context.get(), name);
  }
  add_conditions(context.get(), (capabilities & (std::uint64_t{1} << CAP_SYS_ADMIN)) != 0);
  return export_program(context.get());
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
