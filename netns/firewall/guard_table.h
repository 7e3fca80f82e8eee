// The packet filter's table that keeps a host from becoming a router: `stack_forwarding`, shared by all engines of one
// network namespace.
//
// Engines let their containers reach other machines without turning `ip_forward` on for everybody (netns/forwarding.h).
// The table names the interfaces that they opened for it, and drops what arrives there, is routed onwards, begins a new
// connection and was not redirected by anybody. Frames that a bridge only carries along come from and go to the same
// interface and pass. The table is the only memory of what was opened: it lives as long as the kernel's settings do,
// and each engine reads it anew. One thread; a read costs two dumps, a write one transaction. Failures are stack::Error.
#pragma once

#include <set>
#include <string>

#include "netns/netlink/socket.h"

namespace stack::netns {

// The names of guarded interfaces for each family. Both empty: there is no table.
struct Guarded {
  std::set<std::string> ipv4, ipv6;
  [[nodiscard]] bool empty() const { return ipv4.empty() && ipv6.empty(); }
  bool operator==(const Guarded&) const = default;
};

class GuardTable {
 public:
  static GuardTable open();

  Guarded read();
  // Leads from what is there to `wanted` in one transaction.
  void write(const Guarded& wanted);

 private:
  explicit GuardTable(NetlinkSocket socket) : socket_(std::move(socket)) {}
  std::set<std::string> read_set(const std::string& name);

  NetlinkSocket socket_;
};

}  // namespace stack::netns
