#include "base/sys/descriptor_message.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>

namespace stack::sys {

Status send_message(BorrowedFd socket, const void* data, std::size_t size, const int* fds, std::size_t count) noexcept {
  if (count > kMessageFdsMax) return Status{EINVAL};
  iovec io{const_cast<void*>(data), size};
  alignas(cmsghdr) char control[CMSG_SPACE(kMessageFdsMax * sizeof(int))]{};
  msghdr header{};
  header.msg_iov = &io;
  header.msg_iovlen = 1;
  if (count > 0) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(part), fds, count * sizeof(int));
  }
  for (;;) {
    const ssize_t n = ::sendmsg(socket.get(), &header, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    return status_of(n);
  }
}

Result<MessageReceived> receive_message(BorrowedFd socket, void* data, std::size_t size, UniqueFd* fds,
                                        std::size_t room, int flags) noexcept {
  iovec io{data, size};
  // One more than anybody has room for, so that too many are seen as such.
  alignas(cmsghdr) char control[CMSG_SPACE((kMessageFdsMax + 1) * sizeof(int))]{};
  msghdr header{};
  header.msg_iov = &io;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t n = 0;
  do {
    n = ::recvmsg(socket.get(), &header, flags | MSG_CMSG_CLOEXEC);
  } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
  if (n < 0) return Result<MessageReceived>::failure(errno);
  MessageReceived received;
  received.bytes = static_cast<std::size_t>(n);
  received.truncated = (header.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      UniqueFd owned{fd};
      if (received.fds == room) {
        received.truncated = true;
      } else {
        fds[received.fds++] = std::move(owned);
      }
    }
  }
  return received;
}

}  // namespace stack::sys
