// Messages that carry descriptors over a unix socket: what sendmsg(2) and recvmsg(2) need around SCM_RIGHTS. No allocation,
// noexcept; any thread.
#pragma once

#include <cstddef>

#include "base/sys/result.h"
#include "base/unique_fd.h"

namespace stack::sys {

inline constexpr std::size_t kMessageFdsMax = 4;

// Sends `size` bytes with `count` descriptors, at most kMessageFdsMax (EINVAL). EAGAIN when the socket is full and does not block;
// never SIGPIPE.
Status send_message(BorrowedFd socket, const void* data, std::size_t size, const int* fds, std::size_t count) noexcept;

struct MessageReceived {
  std::size_t bytes = 0;  // 0: the end of the connection
  std::size_t fds = 0;    // how many came; the first of the caller's room are valid, close-on-exec
  bool truncated =
      false;  // the message was longer than the room, or more descriptors came than it has: those are closed
};
// `flags` as for recvmsg(2). A peer that left without reading everything resets the connection, which the kernel tells once,
// before the peer's own last messages: that is passed over.
Result<MessageReceived> receive_message(BorrowedFd socket, void* data, std::size_t size, UniqueFd* fds,
                                        std::size_t room, int flags) noexcept;

}  // namespace stack::sys
