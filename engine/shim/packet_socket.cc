#include "engine/shim/packet_socket.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/sys/descriptor_message.h"

namespace stack::shim {
namespace {

static_assert(kFdsMax <= sys::kMessageFdsMax);

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
  return sys::send_message(socket, &packet, sizeof packet, fds, count);
}

sys::Status receive_packet(BorrowedFd socket, Received& out) noexcept {
  for (UniqueFd& fd : out.fds) fd.reset();
  out.packet = Packet{};
  const auto got = sys::receive_message(socket, &out.packet, sizeof out.packet, out.fds.data(), kFdsMax, 0);
  out.count = got ? got->fds : 0;
  if (!got) return sys::Status{got.err()};
  if (got->bytes == 0) return sys::Status{EPIPE};
  if (got->bytes != sizeof out.packet || got->truncated || !known(out.packet.kind)) {
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
