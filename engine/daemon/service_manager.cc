#include "engine/daemon/service_manager.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::daemon {

namespace fs = std::filesystem;

namespace {

constexpr int kFirstFd = 3;  // SD_LISTEN_FDS_START

// The variable's value, which is gone from the environment afterwards.
std::string take_variable(const char* name) {
  const char* found = std::getenv(name);
  std::string value = found == nullptr ? "" : found;
  ::unsetenv(name);
  return value;
}

// The path that a unix socket is bound to; empty for any other descriptor.
std::string bound_path(int fd) {
  sockaddr_un address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0 || address.sun_family != AF_UNIX)
    return {};
  if (length <= offsetof(sockaddr_un, sun_path) || address.sun_path[0] == 0) return {};
  return {address.sun_path, ::strnlen(address.sun_path, length - offsetof(sockaddr_un, sun_path))};
}

int option_of(int fd, int option) {
  int value = 0;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

void check_socket(int fd, const fs::path& wanted) {
  const auto wrong = [&](const std::string& what) {
    throw Error(ErrorKind::invalid, "the service manager handed over " + what)
        .remedy("its socket unit needs: ListenStream=" + wanted.string());
  };
  if (option_of(fd, SO_TYPE) != SOCK_STREAM || option_of(fd, SO_ACCEPTCONN) != 1) {
    wrong("a descriptor that is not a stream socket with listeners");
  }
  if (const std::string bound = bound_path(fd); bound != wanted.string()) {
    wrong("a socket at " + (bound.empty() ? "no path" : bound) + ", and the engine answers at " + wanted.string());
  }
}

}  // namespace

Activation take_activation(const fs::path& socket) {
  const std::string process = take_variable("LISTEN_PID"), count = take_variable("LISTEN_FDS");
  ::unsetenv("LISTEN_FDNAMES");
  Activation result{.listening = {}, .address = take_variable("NOTIFY_SOCKET")};
  // Variables for another process have been inherited by mistake.
  if (process != std::to_string(::getpid()) || count.empty() || count == "0") return result;
  if (count != "1") {
    throw Error(ErrorKind::invalid, "the service manager handed over " + count + " sockets, and the engine has one")
        .remedy("its socket unit needs one line: ListenStream=" + socket.string());
  }
  check_socket(kFirstFd, socket);
  result.listening = UniqueFd{kFirstFd};
  if (::fcntl(kFirstFd, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(kFirstFd, F_SETFL, O_NONBLOCK) != 0) {
    throw Error::from_errno(errno, "taking the service manager's socket");
  }
  return result;
}

void tell_service_manager(const std::string& address, std::string_view state) noexcept {
  sockaddr_un there{};
  if (address.empty() || address.size() >= sizeof there.sun_path) return;
  there.sun_family = AF_UNIX;
  std::copy(address.begin(), address.end(), there.sun_path);
  if (there.sun_path[0] == '@') there.sun_path[0] = 0;  // in the abstract namespace
  const UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!fd) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  [[maybe_unused]] const ssize_t sent =
      ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&there), length);
}

}  // namespace stack::daemon
