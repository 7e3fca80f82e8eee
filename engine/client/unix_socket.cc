#include "engine/client/unix_socket.h"

#include <algorithm>
#include <fstream>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"

namespace stack::client {

namespace {

// Whether the group that may use the socket exists. (The C library's look-up is no friend of static programs.)
bool has_group() {
  std::ifstream groups{"/etc/group"};
  for (std::string line; std::getline(groups, line);) {
    if (line.starts_with("stack:")) return true;
  }
  return false;
}

}  // namespace

UniqueFd connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw Error(ErrorKind::invalid, "the engine's socket path is longer than 107 bytes: " + path);
  }
  std::copy_n(path.c_str(), path.size() + 1, address.sun_path);
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!fd) throw Error::from_errno(errno, "making a socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EACCES) {
      throw Error(ErrorKind::not_permitted, "no permission to talk to the engine at " + path)
          .remedy(has_group()
                      ? "run as root, or join the group stack: usermod -aG stack NAME"
                      : "run as root; for others make a group: groupadd stack, usermod -aG stack NAME, and start the "
                        "engine again");
    }
    throw Error(ErrorKind::unavailable, "no engine answers at " + path)
        .remedy("start it, or run the command again: without --host an engine is started when there is none");
  }
  return fd;
}

bool send_all(BorrowedFd socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && (errno == EPIPE || errno == ECONNRESET)) return false;
    if (put < 0) throw Error::from_errno(errno, "talking to the engine");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

bool send_some(BorrowedFd socket, std::string& bytes) {
  const ssize_t put = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (put < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (put < 0 && (errno == EPIPE || errno == ECONNRESET)) return false;
  if (put < 0) throw Error::from_errno(errno, "talking to the engine");
  bytes.erase(0, static_cast<std::size_t>(put));
  return true;
}

}  // namespace stack::client
