#include "netns/ports/holding_socket.h"

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

}  // namespace

sys::Result<UniqueFd> hold_port(const Address& address, model::Protocol protocol, std::uint16_t port) noexcept {
  const int transport = protocol == model::Protocol::sctp ? IPPROTO_SCTP : 0;
  UniqueFd fd(::socket(AF_INET, kind_of(protocol) | SOCK_CLOEXEC, transport));
  if (!fd) return sys::Result<UniqueFd>::failure(errno);
  if (protocol == model::Protocol::udp) {
    // Datagrams that come while no replica is ready would fill the queue of a socket that nobody reads.
    sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{1, &drop};
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
      return sys::Result<UniqueFd>::failure(errno);
    }
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(address.bits));
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    return sys::Result<UniqueFd>::failure(errno);
  }
  return fd;
}

sys::Result<std::uint16_t> port_of(BorrowedFd socket) noexcept {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    return sys::Result<std::uint16_t>::failure(errno);
  }
  return ntohs(at.sin_port);
}

}  // namespace stack::netns
