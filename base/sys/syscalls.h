// The kernel seam: one thin noexcept function per system call that the engine uses beyond plain file I/O. Tests may
// link another body. Each returns a value or an errno; EINTR is retried where repeating is safe. No allocation: all of
// it may be called in a child after clone3. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/types.h>

#include "base/sys/result.h"
#include "base/unique_fd.h"

struct clone_args;

namespace stack::sys {

// --- processes -------------------------------------------------------------------------------------------------------
// clone3(2) without CLONE_VM: returns 0 in the child, the pid in the parent.
Result<pid_t> clone3(clone_args& args) noexcept;
Result<UniqueFd> pidfd_open(pid_t pid) noexcept;
Status pidfd_send_signal(BorrowedFd pidfd, int signal) noexcept;
Status setns(BorrowedFd fd, int flags) noexcept;
Status unshare(int flags) noexcept;
// waitid(2) on a pidfd without blocking: the wait status as for waitpid(2), or EAGAIN while the process lives.
Result<int> reap(BorrowedFd pidfd) noexcept;
Status close_range(unsigned first, unsigned last, unsigned flags) noexcept;

// --- mounts ----------------------------------------------------------------------------------------------------------
Status mount(const char* source, const char* target, const char* type, unsigned long flags, const char* data) noexcept;
Status umount(const char* target, int flags) noexcept;
// TIOCSWINSZ, in characters.
Status set_terminal_size(BorrowedFd terminal, std::uint16_t rows, std::uint16_t columns) noexcept;
Status pivot_root(const char* new_root, const char* put_old) noexcept;
Result<UniqueFd> fsopen(const char* type) noexcept;
Status fsconfig_string(BorrowedFd fs, const char* key, const char* value) noexcept;
Status fsconfig_flag(BorrowedFd fs, const char* key) noexcept;
Status fsconfig_create(BorrowedFd fs) noexcept;
Result<UniqueFd> fsmount(BorrowedFd fs, unsigned attributes) noexcept;
Result<UniqueFd> open_tree(BorrowedFd dir, const char* path, unsigned flags) noexcept;
Status move_mount(BorrowedFd from, const char* from_path, BorrowedFd to, const char* to_path, unsigned flags) noexcept;

// mount_setattr(2) on what `mount` refers to; `recursive` includes what is mounted below it. Attributes are
// MOUNT_ATTR_*, propagation MS_PRIVATE, MS_SLAVE, MS_SHARED or 0 to leave it.
Status mount_setattr(BorrowedFd mount, std::uint64_t set, std::uint64_t propagation, bool recursive) noexcept;

// --- files -----------------------------------------------------------------------------------------------------------
// openat2(2) that never leaves `root`: RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS.
Result<UniqueFd> open_in_root(BorrowedFd root, const char* path, std::uint64_t flags, std::uint64_t mode) noexcept;
// The same, and a symbolic link anywhere on the way is ELOOP.
Result<UniqueFd> open_in_root_no_links(BorrowedFd root, const char* path, std::uint64_t flags,
                                       std::uint64_t mode) noexcept;
Result<UniqueFd> memfd(const char* name, unsigned flags) noexcept;

// --- rights ----------------------------------------------------------------------------------------------------------
// Permitted, effective and inheritable capabilities of this thread.
Status set_capabilities(std::uint64_t permitted, std::uint64_t effective, std::uint64_t inheritable) noexcept;
// Installs a classic BPF filter of `count` 8-byte instructions for this thread.
Status load_seccomp(const void* instructions, std::uint16_t count) noexcept;
// Loads a program of type cgroup/device (`count` 8-byte eBPF instructions) and attaches it to a version 2 control
// group.
Status attach_device_filter(BorrowedFd cgroup, const void* instructions, std::uint32_t count) noexcept;

}  // namespace stack::sys
