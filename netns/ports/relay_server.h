// Carries connections from published IPv6 addresses to containers where the packet filter cannot redirect them: to ::1,
// whose answers the kernel does not let in from outside, and to containers without an IPv6 address.
//
// TCP only. The container sees the host's address on its network as the client, and nothing is served while there is no
// engine. At most kMaxRelayed connections at once, of which each port keeps kRelayShare that others cannot use up; what
// comes beyond is refused. Lives on the loop it was given, which must outlive it; destroying it ends the connections.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "netns/firewall/ruleset.h"
#include "netns/ports/reservations.h"

namespace boost::asio {
class io_context;
}

namespace stack::netns {

inline constexpr std::size_t kMaxRelayed = 1024;
inline constexpr std::size_t kRelayShare = 16;

class RelayServer {
 public:
  RelayServer(boost::asio::io_context& loop, RandomSource random);
  ~RelayServer();

  // From now on exactly these ports are relayed, each to one of its backends (of either family), chosen at random.
  // Connections that run go on. Listens on copies of the sockets that hold the ports; throws stack::Error when that
  // fails, having served the others.
  void serve(const std::map<HostPort, std::vector<Backend>>& wanted, const Reservations& held);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stack::netns
