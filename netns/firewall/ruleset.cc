#include "netns/firewall/ruleset.h"

#include <algorithm>
#include <cstring>

#include <net/if.h>

namespace stack::netns {

namespace {

void append(Bytes& out, const void* data, std::size_t size) {
  const auto* raw = static_cast<const std::byte*>(data);
  out.insert(out.end(), raw, raw + size);
  out.resize((out.size() + 3) & ~std::size_t{3});  // each part of a concatenation fills whole registers
}

void append_port(Bytes& out, std::uint16_t port) {
  const unsigned char raw[2] = {static_cast<unsigned char>(port >> 8), static_cast<unsigned char>(port & 0xff)};
  append(out, raw, sizeof raw);
}

void add_intervals(Elements& out, SetId v4, SetId v6, const std::set<Cidr>& subnets) {
  std::optional<Cidr> last;
  // Ordered by base and then by length: a subnet inside another one follows it.
  for (const Cidr& subnet : subnets) {
    if (last && last->contains(subnet)) continue;
    last = subnet;
    const SetId set = subnet.base.family == Family::v4 ? v4 : v6;
    out[{set, subnet.first().bytes(), false}] = {};
    const Address end = subnet.last();
    const AddressBits top = ~AddressBits{0} >> (128 - width_of(end.family));
    // An interval that reaches the highest address has no end element.
    if (end.bits != top) out[{set, Address{end.family, end.bits + 1}.bytes(), true}] = {};
  }
}

void add_service(Elements& out, const ServiceKey& key, const std::vector<Backend>& backends) {
  const std::size_t count = std::min(backends.size(), kMaxBackends);
  if (count == 0) return;
  const BalanceChain chain{key.address.family, !key.address.is_unspecified(), count};
  Bytes tail;
  if (chain.for_address) {
    const Bytes address = key.address.bytes();
    append(tail, address.data(), address.size());
  }
  append(tail, &key.protocol, 1);
  append_port(tail, key.port);
  out[{chain.ports(), tail, false}] = {{}, chain.name()};
  for (std::size_t i = 0; i < count; ++i) {
    const auto index = static_cast<std::uint32_t>(i);  // the kernel's random number is in the host's byte order
    Bytes element;
    append(element, &index, sizeof index);
    element.insert(element.end(), tail.begin(), tail.end());
    Bytes data = backends[i].address.bytes();
    append_port(data, backends[i].port);
    out[{chain.targets(), element, false}] = {data, {}};
  }
}

}  // namespace

Bytes interface_key(const std::string& name) {
  char raw[IFNAMSIZ] = {};
  std::memcpy(raw, name.data(), std::min<std::size_t>(name.size(), sizeof raw - 1));
  Bytes out;
  append(out, raw, sizeof raw);
  return out;
}

const char* name_of(SetId set) {
  switch (set) {
    case SetId::bridges:
      return "bridges";
    case SetId::internal:
      return "internal";
    case SetId::same_bridge:
      return "same_bridge";
    case SetId::subnets4:
      return "subnets4";
    case SetId::subnets6:
      return "subnets6";
    case SetId::masquerade4:
      return "masquerade4";
    case SetId::masquerade6:
      return "masquerade6";
    case SetId::ports_any:
      return "ports_any";
    case SetId::ports_addr:
      return "ports_addr";
    case SetId::ports6_any:
      return "ports6_any";
    case SetId::ports6_addr:
      return "ports6_addr";
    case SetId::backends6_any:
      return "backends6_any";
    case SetId::backends6_addr:
      return "backends6_addr";
    case SetId::backends_any:
      return "backends_any";
    case SetId::backends_addr:
      return "backends_addr";
    case SetId::guarded4:
      return "guarded4";
    case SetId::guarded6:
      return "guarded6";
    case SetId::guarded_pairs:
      return "guarded_pairs";
  }
  return "";
}

std::string BalanceChain::name() const {
  return std::string{for_address ? "addr" : "any"} + (family == Family::v6 ? "6_" : "_") + std::to_string(backends);
}

SetId BalanceChain::ports() const {
  if (family == Family::v6) return for_address ? SetId::ports6_addr : SetId::ports6_any;
  return for_address ? SetId::ports_addr : SetId::ports_any;
}

SetId BalanceChain::targets() const {
  if (family == Family::v6) return for_address ? SetId::backends6_addr : SetId::backends6_any;
  return for_address ? SetId::backends_addr : SetId::backends_any;
}

Elements flatten(const Ruleset& ruleset) {
  Elements out;
  for (const std::string& bridge : ruleset.bridges) {
    const Bytes key = interface_key(bridge);
    out[{SetId::bridges, key, false}] = {};
    Bytes pair = key;
    pair.insert(pair.end(), key.begin(), key.end());
    out[{SetId::same_bridge, pair, false}] = {};
  }
  for (const std::string& bridge : ruleset.internal) out[{SetId::internal, interface_key(bridge), false}] = {};
  add_intervals(out, SetId::subnets4, SetId::subnets6, ruleset.subnets);
  add_intervals(out, SetId::masquerade4, SetId::masquerade6, ruleset.masquerade);
  for (const auto& [key, backends] : ruleset.services) add_service(out, key, backends);
  return out;
}

Change diff(const Elements& before, const Elements& after, const std::set<std::string>& chains) {
  Change change;
  for (const auto& [key, value] : before) {
    const auto it = after.find(key);
    if (it == after.end() || !(it->second == value)) change.removed.push_back(key);
  }
  std::set<std::string> known = chains;
  for (const auto& [key, value] : after) {
    const auto it = before.find(key);
    if (it != before.end() && it->second == value) continue;
    change.added.emplace_back(key, value);
    if (value.chain.empty() || !known.insert(value.chain).second) continue;
    BalanceChain chain;
    chain.family = key.set == SetId::ports6_addr || key.set == SetId::ports6_any ? Family::v6 : Family::v4;
    chain.for_address = key.set == SetId::ports_addr || key.set == SetId::ports6_addr;
    chain.backends = std::stoul(value.chain.substr(value.chain.find('_') + 1));
    change.new_chains.push_back(chain);
  }
  return change;
}

}  // namespace stack::netns
