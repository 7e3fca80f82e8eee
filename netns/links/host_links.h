// The host's own view, or that of a container: which interfaces, addresses and routes there are, read from the kernel; and bridges
// made to be as wanted.
//
// Lives in one namespace, like its socket. One thread. Dumps cost a system call per few hundred entries: they are for
// making networks and for sweeping, never for starting a container.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/model/network_spec.h"
#include "netns/ipam/address.h"
#include "netns/links/link_messages.h"
#include "netns/netlink/socket.h"

namespace stack::netns {

struct HostLink {
  std::uint32_t index = 0;
  std::string name, kind, alias;  // kind: "bridge", "veth", or empty
  bool up = false;
  std::uint32_t mtu = 0;
  std::uint32_t master = 0;  // the bridge (or bond) whose port it is
};

// A route or an address of the host, with the interface it is on.
struct HostRoute {
  Cidr destination;
  std::string interface;
};

struct HostAddress {
  std::uint32_t index = 0;
  Address address;
  int prefix = 0;
  bool operator==(const HostAddress&) const = default;
};

struct WantedBridge {
  BridgeLink link;
  std::vector<HostAddress> addresses;  // index unset
  bool ipv6 = false;
};

// What has to be done to a bridge; pure.
struct BridgeSteps {
  bool create = false;
  bool raise = false;
  std::vector<HostAddress> add;
  [[nodiscard]] bool empty() const { return !create && !raise && add.empty(); }
};
BridgeSteps steps_for(const WantedBridge& wanted, const std::optional<HostLink>& link,
                      const std::vector<HostAddress>& addresses);

std::optional<HostLink> read_link(const Received& message);
std::optional<HostAddress> read_address(const Received& message);
// Routes of the main table other than the default one; `index` gets the outgoing interface, 0 when there is none.
std::optional<Cidr> read_route(const Received& message, std::uint32_t& index);

// Throws what the kernel refused, with the step and what could help.
void require(const Ack& ack, const std::string& step);

// Does it on a thread of its own that is in the network namespace, and waits for it. Throws what it throws.
void visit_namespace(BorrowedFd netns, const std::function<void()>& work);

class HostLinks {
 public:
  static HostLinks open();
  // The view of a network namespace, as a descriptor names it.
  static HostLinks inside(BorrowedFd netns);

  std::vector<HostLink> links();
  std::optional<HostLink> link(const std::string& name);
  std::vector<HostAddress> addresses();
  // Subnets that are in use: routes (without the default one) and addresses.
  std::vector<HostRoute> routes();

  // Makes the bridge, or completes one of the same name; its index. Throws conflict when something else has the name. One that
  // it made and could not complete is removed again.
  std::uint32_t ensure_bridge(const WantedBridge& wanted);
  // Uses a bridge that somebody else made: adds what is missing, and to `record` how to undo it, also when it throws. What the
  // host itself may need of the bridge (its addresses, its router advertisements) stays. Its index.
  std::uint32_t adopt_bridge(const WantedBridge& wanted, model::AdoptedBridge& record);
  // Undoes what adopt_bridge has recorded; a bridge that is gone is fine.
  void release_bridge(const std::string& name, const model::AdoptedBridge& record);
  // Sends what a shim or a container would send while it starts; `target` is the namespace that a new link's end goes to.
  void play(model::PatchedMessage message, BorrowedFd target, const std::string& step);
  // False when there is none.
  bool remove(const std::string& name);

 private:
  explicit HostLinks(NetlinkSocket socket) : socket_(std::move(socket)) {}
  NetlinkSocket socket_;
};

}  // namespace stack::netns
