// The default system call filter: what a container may ask of the kernel, by the capabilities that it has.
//
// The table is ours (seccomp_policy.cc) and follows the intent of Docker's default: everything an ordinary program
// needs, without namespaces, mounts, modules, tracing of the kernel and other calls with a history. What the table does
// not have gives EPERM; what is newer than the table gives ENOSYS, so that programs fall back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace stack::sandbox {

struct SyscallGroup {
  std::uint64_t any_capability;  // allowed when the container has one of them; 0: always
  std::span<const std::string_view> names;
};

// The policy as data.
std::span<const SyscallGroup> seccomp_policy();

inline constexpr std::size_t kVariantsMax = 64;
// BPF instructions (struct sock_filter) for a container with these capabilities. Compiled once per distinct outcome and
// cached (at most kVariantsMax); thread-safe; the first call of a variant takes some milliseconds. Throws stack::Error
// when libseccomp fails.
std::vector<std::byte> seccomp_program(std::uint64_t capabilities);

}  // namespace stack::sandbox
