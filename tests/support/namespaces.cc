#include "tests/support/namespaces.h"

#include <stdexcept>
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

#include "engine/base/scope_guard.h"

namespace stack::test {

namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

UniqueFd current_fd() {
  UniqueFd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) fail("opening a network namespace");
  return fd;
}

sockaddr_in at(const std::string& address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &out.sin_addr) != 1) throw std::invalid_argument(address);
  return out;
}

UniqueFd open_socket(int type) {
  UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  if (!fd) fail("socket");
  const timeval timeout{1, 500000};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  return fd;
}

void bind_to(const UniqueFd& fd, const std::string& address, std::uint16_t port) {
  const sockaddr_in to = at(address, port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail("bind");
}

}  // namespace

NetNamespace NetNamespace::make() {
  const UniqueFd before = current_fd();
  if (::unshare(CLONE_NEWNET) != 0) fail("unshare");
  UniqueFd made = current_fd();
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
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

UniqueFd listen_tcp(const std::string& address, std::uint16_t port) {
  UniqueFd fd = open_socket(SOCK_STREAM);
  bind_to(fd, address, port);
  if (::listen(fd.get(), 128) != 0) fail("listen");
  return fd;
}

std::optional<UniqueFd> connect_tcp(const std::string& address, std::uint16_t port) {
  UniqueFd fd = open_socket(SOCK_STREAM);
  const sockaddr_in to = at(address, port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return std::nullopt;
  return fd;
}

UniqueFd bind_udp(const std::string& address, std::uint16_t port) {
  UniqueFd fd = open_socket(SOCK_DGRAM);
  bind_to(fd, address, port);
  return fd;
}

bool accepts(BorrowedFd listener, std::string* peer) {
  sockaddr_in from{};
  socklen_t size = sizeof from;
  const UniqueFd got(::accept4(listener.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC));
  char text[INET_ADDRSTRLEN] = {};
  if (got && peer != nullptr) *peer = ::inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
  return static_cast<bool>(got);
}

bool waiting(BorrowedFd listener) {
  pollfd entry{listener.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 1;
}

std::optional<std::string> ask_udp(const std::string& address, std::uint16_t port, const std::string& question) {
  const UniqueFd fd = open_socket(SOCK_DGRAM);
  const sockaddr_in to = at(address, port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return std::nullopt;
  if (::send(fd.get(), question.data(), question.size(), 0) < 0) return std::nullopt;
  char buffer[4096];
  const ssize_t got = ::recv(fd.get(), buffer, sizeof buffer, 0);
  if (got < 0) return std::nullopt;
  return std::string(buffer, static_cast<std::size_t>(got));
}

}  // namespace stack::test
