// Descriptors 0, 1 and 2 exist. The first line of each program's main: what is opened later must not get one of these numbers and
// be taken for input or output.
#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace stack {

// Those that the caller has closed lead to /dev/null. No allocation.
inline void open_missing_streams() noexcept {
  for (;;) {
    const int fd = ::open("/dev/null", O_RDWR);
    if (fd >= 0 && fd <= STDERR_FILENO) continue;
    if (fd > STDERR_FILENO) ::close(fd);
    return;
  }
}

}  // namespace stack
