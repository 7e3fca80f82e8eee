// Small file work of the child and the shim. No heap, noexcept; errors are errno values.
#pragma once

#include <cstddef>

#include <sys/types.h>

#include "base/sys/result.h"
#include "base/unique_fd.h"

namespace stack::sandbox {

constexpr std::size_t kSysctlTextMax = 192;  // bytes of its description

// open(2), close-on-exec.
sys::Result<UniqueFd> open_path(const char* path, int flags) noexcept;
// Writes `value` with one write to an existing file below `folder`; 0 or an errno.
int write_value(BorrowedFd folder, const char* path, const char* value) noexcept;
// Says which setting of the kernel a path below /proc/sys is, as a file writes it, and to what it was to be set.
void describe_sysctl(const char* path, const char* value, char* out, std::size_t size) noexcept;
// Makes every missing folder of an absolute host path, mode 0755; 0 or an errno.
int make_host_folders(const char* path) noexcept;

// What `path` means inside `root`, made when missing: parents as folders, the last part as a folder or an empty file.
// A link that leads to nothing is followed, and what it names is made, inside `root`. With `no_links` a symbolic link on the way is
// ELOOP. Gives an O_PATH descriptor.
sys::Result<UniqueFd> make_target(BorrowedFd root, const char* path, bool folder, bool no_links) noexcept;

}  // namespace stack::sandbox
