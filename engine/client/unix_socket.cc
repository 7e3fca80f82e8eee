#include "engine/client/unix_socket.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/error.h"

namespace stack::client {

namespace {

// send() can be told to raise no SIGPIPE, splice() cannot: the thread's is held back, and taken when it came.
class HeldPipeSignal {
 public:
  HeldPipeSignal() {
    ::sigemptyset(&signal_);
    ::sigaddset(&signal_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  HeldPipeSignal(const HeldPipeSignal&) = delete;
  HeldPipeSignal& operator=(const HeldPipeSignal&) = delete;
  ~HeldPipeSignal() {
    if (::sigismember(&before_, SIGPIPE) == 1) return;
    const timespec at_once{};
    while (::sigtimedwait(&signal_, nullptr, &at_once) < 0 && errno == EINTR) continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t signal_{}, before_{};
};

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

std::size_t bytes_ready(BorrowedFd source) {
  struct stat about {};
  if (::fstat(source.get(), &about) != 0 || !(S_ISFIFO(about.st_mode) || S_ISREG(about.st_mode))) return 0;
  int ready = 0;
  return ::ioctl(source.get(), FIONREAD, &ready) == 0 && ready > 0 ? static_cast<std::size_t>(ready) : 0;
}

bool send_from(BorrowedFd socket, BorrowedFd source, std::size_t bytes) {
  const HeldPipeSignal held;
  while (bytes > 0) {
    // The first wants a pipe, the second a file.
    ssize_t put = ::splice(source.get(), nullptr, socket.get(), nullptr, bytes, SPLICE_F_MORE);
    if (put < 0 && errno == EINVAL) put = ::sendfile(socket.get(), source.get(), nullptr, bytes);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && (errno == EPIPE || errno == ECONNRESET)) return false;
    if (put < 0) throw Error::from_errno(errno, "talking to the engine");
    if (put == 0) throw Error("what is sent became shorter meanwhile").remedy("try again");
    bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace stack::client
