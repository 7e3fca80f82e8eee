#include "engine/shim/packet_socket.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace stack::shim {
namespace {

// One more than allowed, so that too many are seen as such.
constexpr std::size_t kFdsRoom = kFdsMax + 1;

bool known(Kind kind) noexcept {
  switch (kind) {
    case Kind::launch:
    case Kind::exec:
    case Kind::signal:
    case Kind::resize:
    case Kind::stdin_close:
    case Kind::forget:
    case Kind::hello:
    case Kind::started:
    case Kind::failed:
    case Kind::exited:
    case Kind::exec_started:
    case Kind::exec_failed:
    case Kind::exec_exited:
      return true;
  }
  return false;
}

}  // namespace

sys::Status send_packet(BorrowedFd socket, const Packet& packet, const int* fds, std::size_t count) noexcept {
  if (count > kFdsMax) return sys::Status{EINVAL};
  iovec io{const_cast<Packet*>(&packet), sizeof packet};
  alignas(cmsghdr) char control[CMSG_SPACE(kFdsMax * sizeof(int))]{};
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
    return sys::status_of(n);
  }
}

sys::Status receive_packet(BorrowedFd socket, Received& out) noexcept {
  for (UniqueFd& fd : out.fds) fd.reset();
  out.count = 0;
  out.packet = Packet{};
  iovec io{&out.packet, sizeof out.packet};
  alignas(cmsghdr) char control[CMSG_SPACE(kFdsRoom * sizeof(int))]{};
  msghdr header{};
  header.msg_iov = &io;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t n = 0;
  do {
    // A peer that left without reading everything resets the connection, which is told once, before its own last
    // packets.
    n = ::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC);
  } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
  if (n < 0) return sys::Status{errno};
  bool too_many = (header.msg_flags & MSG_CTRUNC) != 0;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      UniqueFd owned{fd};
      if (out.count == kFdsMax) {
        too_many = true;
      } else {
        out.fds[out.count++] = std::move(owned);
      }
    }
  }
  if (n == 0) return sys::Status{EPIPE};
  if (n != static_cast<ssize_t>(sizeof out.packet) || (header.msg_flags & MSG_TRUNC) != 0 || too_many ||
      !known(out.packet.kind)) {
    for (UniqueFd& fd : out.fds) fd.reset();
    out.count = 0;
    return sys::Status{EPROTO};
  }
  out.packet.detail[sizeof out.packet.detail - 1] = '\0';
  return sys::Status{};
}

sys::Result<UniqueFd> connect_shim(const char* path) noexcept {
  using Outcome = sys::Result<UniqueFd>;
  const char* slash = std::strrchr(path, '/');
  if (slash == nullptr) return Outcome::failure(EINVAL);
  char folder[4096];
  const auto size = static_cast<std::size_t>(slash - path);
  if (size >= sizeof folder) return Outcome::failure(ENAMETOOLONG);
  std::memcpy(folder, path, size);
  folder[size] = '\0';
  const UniqueFd dir{::open(size == 0 ? "/" : folder, O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!dir) return Outcome::failure(errno);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const int made =
      std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", dir.get(), slash + 1);
  if (made < 0 || static_cast<std::size_t>(made) >= sizeof address.sun_path) return Outcome::failure(ENAMETOOLONG);
  UniqueFd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return Outcome::failure(errno);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return Outcome::failure(errno);
  }
  return socket;
}

}  // namespace stack::shim
