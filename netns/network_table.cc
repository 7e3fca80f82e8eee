#include <algorithm>

#include "base/error.h"
#include "base/ids.h"
#include "base/log.h"
#include "netns/network_stack.h"

namespace stack::netns {

namespace {

// The lowest bits of a hash of the network's id, locally administered: the bridge keeps it whatever is plugged into it.
Mac bridge_mac(const std::string& id) {
  std::uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  Mac mac{0x02, 0x42, 0, 0, 0, 0};
  for (std::size_t i = 2; i < mac.size(); ++i) mac[i] = static_cast<std::uint8_t>(hash >> (8 * i));
  return mac;
}

}  // namespace

NetworkEntry* NetworkStackImpl::network_named(const std::string& name_or_id) {
  for (auto& [id, entry] : networks_) {
    if (entry.network.spec.name == name_or_id) return &entry;
  }
  const auto it = networks_.find(name_or_id);
  return it == networks_.end() ? nullptr : &it->second;
}

NetworkEntry* NetworkStackImpl::network_of(const model::Attachment& attachment) {
  NetworkEntry* network = network_named(attachment.network);
  const std::string& wanted = attachment.network_id;
  if (network == nullptr || (!wanted.empty() && network->network.id != wanted)) {
    throw Error(ErrorKind::not_found, "network " + (wanted.empty() ? attachment.network : wanted) + " not found");
  }
  return network;
}

AddressesInUse NetworkStackImpl::in_use(const std::string& bridge) {
  AddressesInUse out;
  std::set<std::string> ours;
  if (!bridge.empty()) ours.insert(bridge);
  for (const auto& [id, entry] : networks_) {
    if (entry.options.kind == LinkKind::veth) ours.insert(entry.network.bridge);
    for (const OpenPool& pool : entry.pools) out.networks.push_back({pool.pool.subnet(), entry.network.spec.name});
  }
  for (HostRoute& route : links_.routes()) {
    if (!ours.contains(route.interface)) out.host.push_back(std::move(route));
  }
  return out;
}

NetworkEntry& NetworkStackImpl::open_network(const model::Network& network) {
  const auto it = networks_.find(network.id);
  if (it != networks_.end()) return it->second;
  NetworkEntry entry;
  entry.network = network;
  entry.options = parse_driver_options(network.spec);
  for (const model::IpamPool& pool : network.pools) entry.pools.push_back(open_pool(pool));
  return networks_.emplace(network.id, std::move(entry)).first->second;
}

model::Network NetworkStackImpl::plan_network(std::string id, const model::NetworkSpec& wanted) {
  const DriverOptions options = parse_driver_options(wanted);
  model::NetworkSpec spec = wanted;
  spec.enable_ipv6 = spec.enable_ipv6 || options.ipv6;
  if (networks_.contains(id))
    throw Error(ErrorKind::conflict, "there is a network with the id " + std::string(short_id(id)));
  if (network_named(spec.name) != nullptr) {
    throw Error(ErrorKind::conflict, "there is a network with the name " + spec.name);
  }
  if (spec.enable_ipv6 && !kernel_has_ipv6_) {
    throw Error(ErrorKind::unsupported, "network " + spec.name + ": this kernel has no IPv6")
        .remedy("remove enable_ipv6 from the network");
  }
  const bool shares = options.kind != LinkKind::veth;
  model::Network network;
  network.id = std::move(id);
  network.spec = spec;
  network.pools = plan_pools(spec, auto_pools_, in_use(options.bridge_name), shares);
  if (!shares) {
    network.bridge = options.bridge_name.empty() ? bridge_name(options_.tag, network.id) : options.bridge_name;
    for (const auto& [other_id, other] : networks_) {
      if (other.network.bridge != network.bridge) continue;
      throw Error(ErrorKind::conflict, "network " + spec.name + ": the network " + other.network.spec.name +
                                           " has the bridge " + network.bridge);
    }
  }
  open_network(network);
  return network;
}

void NetworkStackImpl::ensure_forwarding() {
  std::set<std::string> bridges;
  bool ipv6 = false;
  for (const auto& [id, entry] : networks_) {
    if (entry.options.kind != LinkKind::veth || entry.link_index == 0 || entry.network.spec.internal) continue;
    bridges.insert(entry.network.bridge);
    ipv6 = ipv6 || entry.network.spec.enable_ipv6;
  }
  forwarding_.ensure(links_.links(), bridges, ipv6);
}

void NetworkStackImpl::host_changed() {
  try {
    ensure_forwarding();
    for (const auto& [id, entry] : networks_) {
      if (entry.options.kind != LinkKind::veth || entry.link_index == 0) continue;
      if (const auto note = forward_policy_.admit(entry.network.bridge); !note.empty()) log_warning(note);
    }
    if (networks_.empty() || firewall_.present()) return;
    log_info("somebody removed the packet filter's table " + firewall_.table() + ": making it again");
    firewall_.forget();
    dirty_ = true;
    flush();
  } catch (const std::exception& error) {  // nobody waits for it, and the next change tries again
    log_warning(std::string{"after a change of the host's network: "} + error.what());
  }
}

WantedBridge NetworkStackImpl::wanted_bridge(const NetworkEntry& entry) const {
  const model::Network& network = entry.network;
  WantedBridge wanted;
  wanted.link = {network.bridge, alias(), bridge_mac(network.id), entry.options.mtu};
  wanted.ipv6 = network.spec.enable_ipv6;
  for (const OpenPool& pool : entry.pools) {
    if (pool.gateway.family == Family::v4 && !entry.options.bridge_has_ipv4) continue;
    wanted.addresses.push_back({0, pool.gateway, pool.pool.subnet().prefix});
  }
  return wanted;
}

std::optional<model::AdoptedBridge> NetworkStackImpl::ensure_network(const model::Network& network) {
  NetworkEntry& entry = open_network(network);
  if (entry.options.kind != LinkKind::veth) {
    const auto parent = links_.link(entry.options.parent);
    if (!parent) {
      throw Error(ErrorKind::not_found,
                  "network " + network.spec.name + ": the host has no interface " + entry.options.parent);
    }
    entry.link_index = parent->index;
    return std::nullopt;
  }
  std::optional<model::AdoptedBridge>& adopted = entry.network.adopted;
  try {
    const auto have = links_.link(network.bridge);
    if (have && have->kind == "bridge" && !is_ours(*have)) {
      if (!adopted) adopted.emplace();
      entry.link_index = links_.adopt_bridge(wanted_bridge(entry), *adopted);
    } else {
      adopted.reset();
      entry.link_index = links_.ensure_bridge(wanted_bridge(entry));
    }
    if (!network.spec.internal) ensure_forwarding();
  } catch (Error& error) {
    throw error.context("network " + network.spec.name);
  }
  if (const auto note = forward_policy_.admit(network.bridge); !note.empty()) log_warning(note);
  dirty_ = true;
  return adopted;
}

void NetworkStackImpl::take_down(NetworkEntry& entry) {
  if (entry.options.kind != LinkKind::veth) return;
  const std::string& bridge = entry.network.bridge;
  const auto have = links_.link(bridge);
  if (have && is_ours(*have)) {
    links_.remove(bridge);
  } else if (have && entry.network.adopted) {
    links_.release_bridge(bridge, *entry.network.adopted);
  }
  entry.link_index = 0;
  forward_policy_.withdraw(bridge);
  dirty_ = true;
}

void NetworkStackImpl::discard_network(const std::string& id) noexcept {
  const auto it = networks_.find(id);
  if (it == networks_.end()) return;
  const auto attempt = [](const auto& step) {
    try {
      step();
    } catch (const std::exception& error) {
      log_warning(std::string{"undoing a network that could not be made: "} + error.what());
    }
  };
  attempt([&] { take_down(it->second); });
  networks_.erase(it);
  attempt([&] { ensure_forwarding(); });
  attempt([&] { flush(); });
}

void NetworkStackImpl::remove_network(const std::string& id) {
  const auto it = networks_.find(id);
  if (it == networks_.end()) return;
  if (!it->second.containers.empty()) {
    std::string names;
    for (const std::string& container : it->second.containers) {
      const auto& request = containers_.at(container).request;
      names += (names.empty() ? "" : ", ") +
               (request.sticky_key.empty() ? std::string(short_id(container)) : request.sticky_key);
    }
    throw Error(ErrorKind::conflict, "the network " + it->second.network.spec.name + " is in use by " + names);
  }
  take_down(it->second);
  networks_.erase(it);
  ensure_forwarding();
}

}  // namespace stack::netns
