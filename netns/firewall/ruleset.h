// The engine's nftables ruleset as a value: what shall be in the table, as elements of constant sets and maps.
//
// The rules never change after the table is made; networks, published ports and replicas are elements only, so a packet
// costs the same with one port or a thousand, and a change of the replica set is a handful of element changes in one
// transaction. Pure values and functions; any thread.
//
// How a new connection to a published port runs (prerouting for others, output for the host itself):
//   ports_addr (address . protocol . port) or, when the address is one of the host's own, ports_any (protocol . port)
//     -> goto addr_N or any_N, N being the number of replicas
//     -> dnat to (random below N . key) looked up in backends_addr or backends_any
// IPv6 has the same, with a 6 in the names (addr6_N), and leaves ::1 alone: the kernel brings no answer back to it.
// The choice is random and not in turns: a counter that services share would send a client that alternates between two
// of them always to the same replica of each.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "netns/ipam/address.h"
#include "netns/netlink/message.h"

namespace stack::netns {

// More replicas than this behind one published port get no new connections through it: the chains are one per number.
inline constexpr std::size_t kMaxBackends = 256;

// What somebody connects to; `address` unspecified means every address of its family that the host has. Backends are of
// the same family.
struct ServiceKey {
  Address address;
  std::uint8_t protocol = 0;  // IPPROTO_*
  std::uint16_t port = 0;
  auto operator<=>(const ServiceKey&) const = default;
};

struct Backend {
  Address address;
  std::uint16_t port = 0;
  auto operator<=>(const Backend&) const = default;
};

using Services = std::map<ServiceKey, std::vector<Backend>>;  // backends in order

struct Ruleset {
  std::set<std::string> bridges;   // every bridge of ours
  std::set<std::string> internal;  // those whose containers neither leave nor are reached from outside
  std::set<Cidr> subnets;          // every subnet of ours, for hairpin connections
  std::set<Cidr> masquerade;       // those that leave under the host's address
  Services services;
  bool operator==(const Ruleset&) const = default;
};

enum class SetId : std::uint8_t {
  bridges,
  internal,
  same_bridge,
  subnets4,
  subnets6,
  masquerade4,
  masquerade6,
  ports_any,
  ports_addr,
  ports6_any,
  ports6_addr,
  backends_any,
  backends_addr,
  backends6_any,
  backends6_addr,
  guarded4,
  guarded6,
  guarded_pairs
};
const char* name_of(SetId set);

// An interface's name as the kernel keys it.
Bytes interface_key(const std::string& name);

// An element as the kernel keys it.
struct ElementKey {
  SetId set = SetId::bridges;
  Bytes key;
  bool interval_end = false;

  bool operator==(const ElementKey&) const = default;
  // Where one interval ends and the next begins, the end goes first: in the other order the kernel sees an overlap.
  bool operator<(const ElementKey& other) const {
    return std::tuple(set, key, !interval_end) < std::tuple(other.set, other.key, !other.interval_end);
  }
};
struct ElementValue {
  Bytes data;         // of a map
  std::string chain;  // of a verdict map: goto this one
  bool operator==(const ElementValue&) const = default;
};
using Elements = std::map<ElementKey, ElementValue>;

// All elements of a ruleset. Overlapping subnets of one set are merged, because the kernel refuses overlapping
// intervals.
Elements flatten(const Ruleset& ruleset);

// Which replica a connection goes to: a chain for each family, kind of key and number of replicas.
struct BalanceChain {
  Family family = Family::v4;
  bool for_address = false;
  std::size_t backends = 0;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] SetId ports() const;
  [[nodiscard]] SetId targets() const;
};

struct Change {
  std::vector<BalanceChain> new_chains;
  std::vector<ElementKey> removed;
  std::vector<std::pair<ElementKey, ElementValue>> added;  // also those whose value changed; they are in removed too
  [[nodiscard]] bool empty() const { return removed.empty() && added.empty(); }
};
// What leads from `before` to `after`; `chains` are those that exist already.
Change diff(const Elements& before, const Elements& after, const std::set<std::string>& chains);

}  // namespace stack::netns
