// One Packet with its descriptors over a SOCK_SEQPACKET connection: both sides of the wire use it. No heap, noexcept,
// any thread.
#pragma once

#include <array>
#include <cstddef>

#include "base/sys/result.h"
#include "base/unique_fd.h"
#include "engine/shim/protocol.h"

namespace stack::shim {

struct Received {
  Packet packet;
  std::array<UniqueFd, kFdsMax> fds;  // the first `count` are valid, close-on-exec
  std::size_t count = 0;
};

// Sends `count` (at most kFdsMax) descriptors with the packet. EAGAIN when the connection is full and not blocking;
// never SIGPIPE.
sys::Status send_packet(BorrowedFd socket, const Packet& packet, const int* fds = nullptr,
                        std::size_t count = 0) noexcept;

// EAGAIN when there is none and the socket does not block; EPIPE at the end of the connection; EPROTO for a packet that
// is not one of ours or carries more descriptors than allowed (all are closed).
sys::Status receive_packet(BorrowedFd socket, Received& out) noexcept;

// Connects to a shim's socket whatever its path's length, without blocking on the loop: ECONNREFUSED or ENOENT when the
// shim is gone. The connection is close-on-exec and non-blocking.
sys::Result<UniqueFd> connect_shim(const char* path) noexcept;

}  // namespace stack::shim
