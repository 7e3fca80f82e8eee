#include "tests/support/namespaces.h"

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/scope_guard.h"
#include "tests/places.h"

namespace stack::test {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

UniqueFd current_fd() {
  UniqueFd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) fail("opening a network namespace");
  return fd;
}

// The settings of tests/support/network-settings, for the thread's namespace.
void begin_as_host() {
  std::ifstream list(STACK_SOURCE_DIR "/tests/support/network-settings");
  if (!list) fail("opening tests/support/network-settings");
  for (std::string line; std::getline(list, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t blank = line.find(' ');
    const std::string path = "/proc/sys/net/" + line.substr(0, blank);
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT) continue;
    const std::string value = line.substr(blank + 1);
    if (!fd || ::write(fd.get(), value.data(), value.size()) < 0) fail(path.c_str());
  }
}

// An address of either family, and its length.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress at(const std::string& address, std::uint16_t port) {
  SocketAddress out;
  auto* four = reinterpret_cast<sockaddr_in*>(&out.storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&out.storage);
  if (::inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    out.size = sizeof *four;
  } else if (::inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    out.size = sizeof *six;
  } else {
    throw std::invalid_argument(address);
  }
  return out;
}

UniqueFd open_socket(const SocketAddress& to, int type) {
  UniqueFd fd(::socket(to.storage.ss_family, type | SOCK_CLOEXEC, 0));
  if (!fd) fail("socket");
  const timeval timeout{1, 500000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  return fd;
}

UniqueFd bound(const std::string& address, std::uint16_t port, int type) {
  const SocketAddress to = at(address, port);
  UniqueFd fd = open_socket(to, type);
  if (::bind(fd.get(), to.get(), to.size) != 0) fail("bind");
  return fd;
}

}  // namespace

NetNamespace NetNamespace::make() {
  const UniqueFd before = current_fd();
  if (::unshare(CLONE_NEWNET) != 0) fail("unshare");
  UniqueFd made = current_fd();
  begin_as_host();
  if (::setns(before.get(), CLONE_NEWNET) != 0) fail("setns");
  return NetNamespace(std::move(made));
}

NetNamespace NetNamespace::current() { return NetNamespace(current_fd()); }

void NetNamespace::in(const std::function<void()>& f) const {
  const UniqueFd before = current_fd();
  if (::setns(fd_.get(), CLONE_NEWNET) != 0) fail("setns");
  const ScopeGuard back([&] {
    if (::setns(before.get(), CLONE_NEWNET) != 0) std::abort();
  });
  f();
}

bool leave_the_host() {
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) return false;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  begin_as_host();
  return true;
}

UniqueFd listen_tcp(const std::string& address, std::uint16_t port) {
  UniqueFd fd = bound(address, port, SOCK_STREAM);
  if (::listen(fd.get(), 128) != 0) fail("listen");
  return fd;
}

std::optional<UniqueFd> connect_tcp(const std::string& address, std::uint16_t port,
                                    std::chrono::milliseconds patience) {
  const SocketAddress to = at(address, port);
  UniqueFd fd = open_socket(to, SOCK_STREAM);
  const timeval timeout{patience.count() / 1000, patience.count() % 1000 * 1000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  if (::connect(fd.get(), to.get(), to.size) != 0) return std::nullopt;
  return fd;
}

UniqueFd bind_udp(const std::string& address, std::uint16_t port) { return bound(address, port, SOCK_DGRAM); }

bool accepts(BorrowedFd listener, std::string* peer) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const UniqueFd got(::accept4(listener.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
  if (!got || peer == nullptr) return static_cast<bool>(got);
  char text[INET6_ADDRSTRLEN] = {};
  const void* raw = from.ss_family == AF_INET6
                        ? static_cast<const void*>(&reinterpret_cast<sockaddr_in6*>(&from)->sin6_addr)
                        : static_cast<const void*>(&reinterpret_cast<sockaddr_in*>(&from)->sin_addr);
  *peer = ::inet_ntop(from.ss_family, raw, text, sizeof text);
  return true;
}

bool waiting(BorrowedFd listener) {
  pollfd entry{listener.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

std::optional<std::string> ask_udp(const std::string& address, std::uint16_t port, const std::string& question) {
  const SocketAddress to = at(address, port);
  const UniqueFd fd = open_socket(to, SOCK_DGRAM);
  if (::connect(fd.get(), to.get(), to.size) != 0) return std::nullopt;
  if (::send(fd.get(), question.data(), question.size(), 0) < 0) return std::nullopt;
  char buffer[4096];
  const ssize_t got = ::recv(fd.get(), buffer, sizeof buffer, 0);
  if (got < 0) return std::nullopt;
  return std::string(buffer, static_cast<std::size_t>(got));
}

}  // namespace stack::test
