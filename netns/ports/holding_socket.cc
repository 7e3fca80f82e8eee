#include "netns/ports/holding_socket.h"

#include <cstddef>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace stack::netns {

namespace {

int kind_of(model::Protocol protocol) {
  switch (protocol) {
    case model::Protocol::udp:
      return SOCK_DGRAM;
    case model::Protocol::sctp:
      return SOCK_SEQPACKET;
    case model::Protocol::tcp:
      break;
  }
  return SOCK_STREAM;
}

int bind_to(BorrowedFd fd, const Address& address, std::uint16_t port) noexcept {
  if (address.family == Family::v4) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(address.bits));
    return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(port);
  AddressBits rest = address.bits;
  for (int i = 15; i >= 0; --i, rest >>= 8) to.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>(rest & 0xff);
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

}  // namespace

sys::Result<UniqueFd> hold_port(const Address& address, model::Protocol protocol, std::uint16_t port) noexcept {
  const int transport = protocol == model::Protocol::sctp ? IPPROTO_SCTP : 0;
  const int family = address.family == Family::v4 ? AF_INET : AF_INET6;
  UniqueFd fd(::socket(family, kind_of(protocol) | SOCK_CLOEXEC, transport));
  if (!fd) return sys::Result<UniqueFd>::failure(errno);
  const int on = 1;
  if (family == AF_INET6) {
    // Beside the same port of IPv4; and what relayed connections leave behind does not keep the port.
    if (::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0 ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
      return sys::Result<UniqueFd>::failure(errno);
    }
  }
  if (protocol == model::Protocol::udp) {
    // Datagrams that come while no replica is ready would fill the queue of a socket that nobody reads.
    sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{1, &drop};
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
      return sys::Result<UniqueFd>::failure(errno);
    }
  }
  if (bind_to(fd, address, port) != 0) return sys::Result<UniqueFd>::failure(errno);
  return fd;
}

sys::Result<std::uint16_t> port_of(BorrowedFd socket) noexcept {
  sockaddr_in6 at{};  // the port is at the same place for both families
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  socklen_t size = sizeof at;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    return sys::Result<std::uint16_t>::failure(errno);
  }
  return ntohs(at.sin6_port);
}

}  // namespace stack::netns
