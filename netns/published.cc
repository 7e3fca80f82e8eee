#include <algorithm>
#include <utility>

#include <linux/netlink.h>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "netns/network_stack.h"

namespace stack::netns {

namespace {

// IPPROTO_*
std::uint8_t number_of(model::Protocol protocol) {
  switch (protocol) {
    case model::Protocol::udp:
      return 17;
    case model::Protocol::sctp:
      return 132;
    case model::Protocol::tcp:
      break;
  }
  return 6;
}

}  // namespace

std::vector<model::PortBinding> NetworkStackImpl::reserve_ports(const PublishRequest& request) {
  std::vector<model::PublishedPort> ports = request.ports;
  if (const auto it = containers_.find(request.container_id); it != containers_.end()) {
    const model::Endpoint* out = default_route(it->second, Family::v4);
    const auto binding = out == nullptr ? std::nullopt : networks_.at(out->network_id).options.host_binding;
    for (model::PublishedPort& port : ports) {
      if (binding && port.host_ip.empty()) port.host_ip = binding->text();
    }
  }
  auto bindings = ports_.reserve(request.container_id, request.owner, ports);
  if (!bindings.empty()) dirty_ = true;
  return bindings;
}

void NetworkStackImpl::note_departure(const std::string& container_id, const ContainerEntry& entry) {
  const auto& bindings = ports_.of(container_id);
  const bool udp = std::any_of(bindings.begin(), bindings.end(), [](const model::PortBinding& binding) {
    return binding.protocol == model::Protocol::udp;
  });
  if (!udp) return;
  for (const model::Endpoint& endpoint : entry.endpoints) {
    if (const auto address = parse_address(endpoint.ipv4)) left_.insert(*address);
  }
}

void NetworkStackImpl::set_ready(const std::string& container_id, bool ready) {
  const auto it = containers_.find(container_id);
  if (it == containers_.end() || it->second.ready == ready) return;
  it->second.ready = ready;
  if (!ready) note_departure(container_id, it->second);
  names_.set_ready(container_id, ready);
  if (!ports_.of(container_id).empty()) dirty_ = true;
}

Ruleset NetworkStackImpl::wanted_ruleset() const {
  Ruleset out;
  for (const auto& [id, entry] : networks_) {
    if (entry.options.kind != LinkKind::veth || entry.link_index == 0) continue;
    out.bridges.insert(entry.network.bridge);
    if (entry.network.spec.internal) out.internal.insert(entry.network.bridge);
    for (const OpenPool& pool : entry.pools) {
      out.subnets.insert(pool.pool.subnet());
      if (!entry.network.spec.internal && entry.options.masquerade) out.masquerade.insert(pool.pool.subnet());
    }
  }
  for (const auto& [id, entry] : containers_) {
    if (!entry.ready) continue;
    const auto& bindings = ports_.of(id);
    // The way out is the way in: an answer leaves by the default route.
    const model::Endpoint* endpoint = bindings.empty() ? nullptr : default_route(entry, Family::v4);
    if (endpoint == nullptr || networks_.at(endpoint->network_id).options.kind != LinkKind::veth) continue;
    const auto address = parse_address(endpoint->ipv4);
    if (!address) continue;
    for (const model::PortBinding& binding : bindings) {
      const auto host = parse_address(binding.host_ip);
      if (!host) continue;
      out.services[{*host, number_of(binding.protocol), binding.host_port}].push_back(
          {*address, binding.container_port});
    }
  }
  for (auto& [key, backends] : out.services) std::sort(backends.begin(), backends.end());
  return out;
}

void NetworkStackImpl::flush() {
  if (!dirty_) return;
  firewall_.apply(wanted_ruleset());
  dirty_ = false;
  if (left_.empty()) return;
  // Only now: before, a datagram could have made the same flow again.
  const std::set<Address> left = std::exchange(left_, {});
  try {
    if (!flows_) flows_.emplace(NetlinkSocket::open(NETLINK_NETFILTER));
    forget_udp_flows(*flows_, left);
  } catch (const Error& error) {
    log_warning(error.message());  // the ports are right; old flows end when the kernel's timeout comes
  }
}

}  // namespace stack::netns
