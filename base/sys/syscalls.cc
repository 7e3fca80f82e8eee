#include "base/sys/syscalls.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// <sys/mount.h> of glibc 2.36 cannot stand beside <linux/mount.h>; these two are all that is needed of it.
extern "C" {
int mount(const char*, const char*, const char*, unsigned long, const void*) noexcept;
int umount2(const char*, int) noexcept;
}

namespace stack::sys {
namespace {

Result<UniqueFd> fd_of(long rc) noexcept {
  if (rc < 0) return Result<UniqueFd>::failure(errno);
  return UniqueFd{static_cast<int>(rc)};
}

}  // namespace

Result<pid_t> clone3(clone_args& args) noexcept {
  const long rc = ::syscall(SYS_clone3, &args, sizeof args);
  if (rc < 0) return Result<pid_t>::failure(errno);
  return static_cast<pid_t>(rc);
}

Result<UniqueFd> pidfd_open(pid_t pid) noexcept { return fd_of(::syscall(SYS_pidfd_open, pid, 0)); }

Status pidfd_send_signal(BorrowedFd pidfd, int signal) noexcept {
  return status_of(::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0));
}

Status setns(BorrowedFd fd, int flags) noexcept { return status_of(::setns(fd.get(), flags)); }

Status unshare(int flags) noexcept { return status_of(::unshare(flags)); }

Result<int> reap(BorrowedFd pidfd) noexcept {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG) != 0) {
    return Result<int>::failure(errno);
  }
  if (info.si_pid == 0) return Result<int>::failure(EAGAIN);
  if (info.si_code == CLD_EXITED) return W_EXITCODE(info.si_status, 0);
  return W_EXITCODE(0, info.si_status | (info.si_code == CLD_DUMPED ? WCOREFLAG : 0));
}

Status close_range(unsigned first, unsigned last, unsigned flags) noexcept {
  return status_of(::syscall(SYS_close_range, first, last, flags));
}

Status mount(const char* source, const char* target, const char* type, unsigned long flags, const char* data) noexcept {
  return status_of(::mount(source, target, type, flags, data));
}

Status set_terminal_size(BorrowedFd terminal, std::uint16_t rows, std::uint16_t columns) noexcept {
  const winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  return status_of(::ioctl(terminal.get(), TIOCSWINSZ, &size));
}

Status umount(const char* target, int flags) noexcept { return status_of(::umount2(target, flags)); }

Status pivot_root(const char* new_root, const char* put_old) noexcept {
  return status_of(::syscall(SYS_pivot_root, new_root, put_old));
}

Result<UniqueFd> fsopen(const char* type) noexcept { return fd_of(::syscall(SYS_fsopen, type, FSOPEN_CLOEXEC)); }

Status fsconfig_string(BorrowedFd fs, const char* key, const char* value) noexcept {
  return status_of(::syscall(SYS_fsconfig, fs.get(), FSCONFIG_SET_STRING, key, value, 0));
}

Status fsconfig_flag(BorrowedFd fs, const char* key) noexcept {
  return status_of(::syscall(SYS_fsconfig, fs.get(), FSCONFIG_SET_FLAG, key, nullptr, 0));
}

Status fsconfig_create(BorrowedFd fs) noexcept {
  return status_of(::syscall(SYS_fsconfig, fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0));
}

Result<UniqueFd> fsmount(BorrowedFd fs, unsigned attributes) noexcept {
  return fd_of(::syscall(SYS_fsmount, fs.get(), FSMOUNT_CLOEXEC, attributes));
}

Result<UniqueFd> open_tree(BorrowedFd dir, const char* path, unsigned flags) noexcept {
  return fd_of(::syscall(SYS_open_tree, dir.get(), path, flags | OPEN_TREE_CLOEXEC));
}

Status move_mount(BorrowedFd from, const char* from_path, BorrowedFd to, const char* to_path, unsigned flags) noexcept {
  return status_of(::syscall(SYS_move_mount, from.get(), from_path, to.get(), to_path, flags));
}

Status mount_setattr(BorrowedFd mount, std::uint64_t set, std::uint64_t propagation, bool recursive) noexcept {
  ::mount_attr attributes{};
  attributes.attr_set = set;
  attributes.propagation = propagation;
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
  return status_of(::syscall(SYS_mount_setattr, mount.get(), "", flags, &attributes, sizeof attributes));
}

namespace {

Result<UniqueFd> open_resolved(BorrowedFd root, const char* path, std::uint64_t flags, std::uint64_t mode,
                               std::uint64_t resolve) noexcept {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.mode = mode;
  how.resolve = resolve;
  for (;;) {
    const long rc = ::syscall(SYS_openat2, root.get(), path, &how, sizeof how);
    if (rc < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    return fd_of(rc);
  }
}

}  // namespace

Result<UniqueFd> open_in_root(BorrowedFd root, const char* path, std::uint64_t flags, std::uint64_t mode) noexcept {
  return open_resolved(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

Result<UniqueFd> open_in_root_no_links(BorrowedFd root, const char* path, std::uint64_t flags,
                                       std::uint64_t mode) noexcept {
  return open_resolved(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
}

Result<UniqueFd> memfd(const char* name, unsigned flags) noexcept { return fd_of(::memfd_create(name, flags)); }

Status set_capabilities(std::uint64_t permitted, std::uint64_t effective, std::uint64_t inheritable) noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (unsigned i = 0; i < 2; ++i) {
    data[i].permitted = static_cast<std::uint32_t>(permitted >> (32 * i));
    data[i].effective = static_cast<std::uint32_t>(effective >> (32 * i));
    data[i].inheritable = static_cast<std::uint32_t>(inheritable >> (32 * i));
  }
  return status_of(::syscall(SYS_capset, &header, data));
}

Status load_seccomp(const void* instructions, std::uint16_t count) noexcept {
  sock_fprog program{};
  program.len = count;
  program.filter = static_cast<sock_filter*>(const_cast<void*>(instructions));
  return status_of(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

Status attach_device_filter(BorrowedFd cgroup, const void* instructions, std::uint32_t count) noexcept {
  constexpr char kLicense[] = "Apache-2.0";
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = reinterpret_cast<std::uint64_t>(instructions);
  load.insn_cnt = count;
  load.license = reinterpret_cast<std::uint64_t>(kLicense);
  const UniqueFd program{static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load))};
  if (!program) return Status{errno};
  bpf_attr attach{};
  attach.target_fd = static_cast<std::uint32_t>(cgroup.get());
  attach.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  return status_of(::syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach));
}

}  // namespace stack::sys
