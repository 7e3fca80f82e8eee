// Living beside other packet filters: Docker sets the policy of the FORWARD chain to drop, and what another table drops
// no accept of ours brings back. So each bridge gets two accepting rules at the place that is meant for it.
//
// Where iptables runs on nftables, that place is the chain DOCKER-USER of the tables `ip filter` and `ip6 filter`, else
// their FORWARD chains when these drop. The rules carry a comment with the engine's tag and the bridge, by which they are found again. Our
// own table still isolates: both have to agree. Other dropping chains (legacy iptables, firewalld, an own ruleset) are
// left alone and named. One thread; costs two dumps a network, none a container.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "netns/netlink/socket.h"

namespace stack::netns {

// A base chain at the forward hook, or a chain that users put rules in.
struct ForwardChain {
  std::uint8_t family = 0;  // NFPROTO_*
  std::string table, name;
  bool at_forward = false;
  bool drops = false;  // its policy
};
std::optional<ForwardChain> read_chain(const Received& message);

// Where to put our rules, and which chains drop all the same; pure.
struct ForwardPlan {
  std::optional<std::string> ipv4, ipv6;  // chains of the tables `ip filter` and `ip6 filter`
  std::vector<std::string> in_the_way;    // "table/chain"
};
ForwardPlan plan_forwarding(const std::vector<ForwardChain>& chains, const std::string& own_table);

class ForwardPolicy {
 public:
  static ForwardPolicy open(const std::string& tag);
  // What the user should know, said once in the life of this object, or nothing. Throws stack::Error when the kernel
  // refuses.
  std::string admit(const std::string& bridge);
  void withdraw(const std::string& bridge);

 private:
  ForwardPolicy(NetlinkSocket socket, std::string tag) : socket_(std::move(socket)), tag_(std::move(tag)) {}
  std::vector<ForwardChain> chains();
  std::vector<std::uint64_t> handles(std::uint8_t family, const std::string& chain, const std::string& comment);
  void admit_in(std::uint8_t family, const std::string& chain, const std::string& bridge);
  void withdraw_from(std::uint8_t family, const std::string& bridge);
  [[nodiscard]] std::string comment(const std::string& bridge) const { return "stack:" + tag_ + ":" + bridge; }

  NetlinkSocket socket_;
  std::string tag_;
  bool told_ = false;
};

}  // namespace stack::netns
