// Forwarding by the host: on where containers need it, and nowhere else.
//
// `net.ipv4.ip_forward` would make the host a router between all of its networks, so it stays as it is. Forwarding of
// IPv4 is a setting of the interface by which a packet arrives: the engine's bridges have it, and so do the host's
// other interfaces, where the answers arrive. IPv6 knows one setting for all; it is turned on, and what else hangs on
// it (the host's own addresses and routes from router advertisements) is kept as it was for each interface. What was
// opened is guarded (firewall/guard_table.h): it forwards answers and redirected connections only.
//
// Somebody else who turns forwarding on (Docker, libvirt, a tunnel's script, an administrator) is noticed: then the host
// is a router by decision, the guard goes, and nothing is put back. What is noticed: ip_forward is 1; for IPv6, the
// default for new interfaces is 1, which every write to the setting for all makes it and which is put back by us.
//
// Several engines of one namespace share the guard; the last one that needs no forwarding any more puts back what was
// opened. One thread, the daemon's loop. Deciding is pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "netns/firewall/guard_table.h"
#include "netns/links/host_links.h"

namespace stack::netns {

// What there is, and what this engine needs.
struct ForwardingPicture {
  enum class Owner : std::uint8_t { host, ours, other_engine };
  struct Link {
    std::string name;
    Owner owner = Owner::host;
    bool forwards4 = false;
  };
  std::vector<Link> links;  // without loopback and without ports of bridges, which carry no packets of their own
  bool wanted4 = false, wanted6 = false;
  bool all4 = false, all6 = false, default6 = false;  // the kernel's settings
  Guarded guarded;
};

// Played in this order: guard before, settings, guard after.
struct ForwardingSteps {
  Guarded before, after;
  std::vector<std::string> open4, close4;  // interfaces
  std::optional<bool> all6;
};
ForwardingSteps decide(const ForwardingPicture& picture);

class Forwarding {
 public:
  static Forwarding open(std::string alias);

  // Makes the host agree with what this engine needs: bridges that forward, empty when it needs none any more.
  // `links` are the host's. Throws stack::Error.
  void ensure(const std::vector<HostLink>& links, const std::set<std::string>& bridges, bool ipv6);
  // What would stay turned on although this engine left, in words; empty when nothing does.
  std::string remaining(const std::vector<HostLink>& links);

 private:
  Forwarding(GuardTable guard, std::string alias) : guard_(std::move(guard)), alias_(std::move(alias)) {}
  ForwardingPicture look(const std::vector<HostLink>& links, const std::set<std::string>& bridges);
  void turn_on_ipv6(const std::vector<HostLink>& links, const std::set<std::string>& bridges);

  GuardTable guard_;
  std::string alias_;  // of this engine's bridges
  bool told_ = false;  // that forwarding was turned on
};

}  // namespace stack::netns
