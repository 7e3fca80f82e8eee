#include "engine/sandbox/child_wire.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stack::sandbox {
namespace {

constexpr int kFailedExit = 127;
constexpr std::size_t kFdsMost = 2;

}  // namespace

bool send_word(int socket, const ChildMessage& message, const int* fds, std::size_t count) noexcept {
  iovec io{const_cast<ChildMessage*>(&message), sizeof message};
  alignas(cmsghdr) char control[CMSG_SPACE(kFdsMost * sizeof(int))]{};
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
    const ssize_t n = ::sendmsg(socket, &header, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    return n == static_cast<ssize_t>(sizeof message);
  }
}

Heard hear(int socket, ChildReport& out) noexcept {
  iovec io{&out.message, sizeof out.message};
  alignas(cmsghdr) char control[CMSG_SPACE(kFdsMost * sizeof(int))]{};
  msghdr header{};
  header.msg_iov = &io;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  out.count = 0;
  ssize_t n = 0;
  do {
    // A peer that left without reading our word resets the connection, which is told once, before what it said itself.
    n = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
  if (n < 0) return errno == EAGAIN ? Heard::nothing : Heard::end;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count && out.count < kFdsMost; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      out.fds[out.count++].reset(fd);
    }
  }
  if (n != static_cast<ssize_t>(sizeof out.message)) return Heard::end;
  out.message.detail[sizeof out.message.detail - 1] = '\0';
  return Heard::message;
}

void Reporter::fail(Stage stage, int err, const char* detail) const noexcept {
  ChildMessage message;
  message.word = Word::failed;
  message.stage = static_cast<std::int32_t>(stage);
  message.error = err;
  std::strncpy(message.detail, detail, sizeof message.detail - 1);
  // When the shim is gone there is nobody left to tell.
  (void)send_word(socket_, message, nullptr, 0);
  ::_exit(kFailedExit);
}

bool Reporter::wait() const noexcept {
  char byte = 0;
  ssize_t n = 0;
  do {
    n = ::recv(socket_, &byte, 1, 0);
  } while (n < 0 && errno == EINTR);
  return n == 1;
}

bool Reporter::shim_lives() const noexcept {
  pollfd one{socket_, POLLIN, 0};
  return ::poll(&one, 1, 0) == 0;
}

}  // namespace stack::sandbox
