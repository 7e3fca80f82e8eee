#include "tests/support/tunnel_proxy.h"

#include <array>
#include <cstdint>
#include <stdexcept>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stack::test {
namespace {

constexpr std::size_t kHeadBytesMax = 16384;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool send_all(int fd, const char* bytes, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t put = ::send(fd, bytes + done, size - done, MSG_NOSIGNAL);
    if (put <= 0) return false;
    done += static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace

TunnelProxy::TunnelProxy(std::uint16_t to_port, std::string refusal) : to_port_(to_port), refusal_(std::move(refusal)) {
  listening_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  std::array<int, 2> ends{};
  if (::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listening_.get(), 64) != 0 ||
      ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 || ::pipe(ends.data()) != 0) {
    throw std::runtime_error("the test's proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  ended_.reset(ends[0]);
  end_.reset(ends[1]);
  thread_ = std::thread{[this] { run(); }};
}

TunnelProxy::~TunnelProxy() {
  end_.reset();
  thread_.join();
  for (std::thread& tunnel : tunnels_) tunnel.join();
}

std::vector<std::string> TunnelProxy::heads() const {
  const std::lock_guard lock{mutex_};
  return heads_;
}

// False when the proxy ends first.
bool TunnelProxy::wait_for(int fd) const {
  std::array<pollfd, 2> waits{pollfd{fd, POLLIN, 0}, pollfd{ended_.get(), POLLIN, 0}};
  return ::poll(waits.data(), waits.size(), -1) > 0 && waits[1].revents == 0;
}

void TunnelProxy::run() {
  while (wait_for(listening_.get())) {
    UniqueFd connection{::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (connection) tunnels_.emplace_back([this, fd = std::move(connection)]() mutable { serve(std::move(fd)); });
  }
}

void TunnelProxy::serve(UniqueFd connection) {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < kHeadBytesMax) {
    char c = 0;
    if (!wait_for(connection.get()) || ::read(connection.get(), &c, 1) != 1) return;
    head += c;
  }
  {
    const std::lock_guard lock{mutex_};
    heads_.push_back(head);
  }
  const std::string answer = "HTTP/1.1 " + (refusal_.empty() ? "200 X" : refusal_) + "\r\n\r\n";
  if (!send_all(connection.get(), answer.data(), answer.size()) || !refusal_.empty()) return;
  const UniqueFd there{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const sockaddr_in address = loopback(to_port_);
  if (::connect(there.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  std::vector<char> block(65536);
  // Who hears nothing any more may still have something to say: each direction ends by itself.
  std::array<pollfd, 3> waits{pollfd{connection.get(), POLLIN, 0}, pollfd{there.get(), POLLIN, 0},
                              pollfd{ended_.get(), POLLIN, 0}};
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    if (::poll(waits.data(), waits.size(), -1) <= 0 || waits[2].revents != 0) return;
    for (int i = 0; i < 2; ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      const int to = i == 0 ? there.get() : connection.get();
      const ssize_t got = ::read(waits[i].fd, block.data(), block.size());
      if (got > 0 && send_all(to, block.data(), static_cast<std::size_t>(got))) continue;
      ::shutdown(to, SHUT_WR);
      waits[i].fd = -1;
    }
  }
}

}  // namespace stack::test
