#include <algorithm>
#include <utility>

#include <linux/netlink.h>
#include <netinet/in.h>

#include "engine/base/error.h"
#include "engine/base/log.h"
#include "netns/network_stack.h"

namespace stack::netns {

namespace {

std::uint8_t number_of(model::Protocol protocol) {
  switch (protocol) {
    case model::Protocol::udp:
      return IPPROTO_UDP;
    case model::Protocol::sctp:
      return IPPROTO_SCTP;
    case model::Protocol::tcp:
      break;
  }
  return IPPROTO_TCP;
}

// The ports without connections whose clients have to be led anew: those with a first replica, which lead nowhere as
// long as somebody goes on sending, and those that lost one. Nothing changes for a port that only won one.
std::set<ServiceKey> moved_flows(const Services& before, const Services& after) {
  std::set<ServiceKey> out;
  for (const auto& [key, backends] : before) {
    if (key.protocol == IPPROTO_TCP) continue;
    const auto now = after.find(key);
    const bool all_stay =
        now != after.end() && std::includes(now->second.begin(), now->second.end(), backends.begin(), backends.end());
    if (!all_stay) out.insert(key);
  }
  for (const auto& [key, backends] : after) {
    if (key.protocol != IPPROTO_TCP && !before.contains(key)) out.insert(key);
  }
  return out;
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

void NetworkStackImpl::set_readiness(const std::string& container_id, Readiness readiness) {
  const auto it = containers_.find(container_id);
  if (it == containers_.end() || it->second.readiness == readiness) return;
  it->second.readiness = readiness;
  names_.set_ready(container_id, readiness == Readiness::ready);
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
  Services last_resort;
  for (const auto& [id, entry] : containers_) {
    if (entry.readiness == Readiness::none) continue;
    add_services(id, entry, entry.readiness == Readiness::ready ? out.services : last_resort);
  }
  out.services.merge(last_resort);  // of the ports that no ready replica has
  for (auto& [key, backends] : out.services) std::sort(backends.begin(), backends.end());
  return out;
}

void NetworkStackImpl::add_services(const std::string& container_id, const ContainerEntry& entry, Services& out) const {
  const auto& bindings = ports_.of(container_id);
  // The way out is the way in: an answer leaves by the default route.
  const model::Endpoint* endpoint = bindings.empty() ? nullptr : default_route(entry, Family::v4);
  if (endpoint == nullptr || networks_.at(endpoint->network_id).options.kind != LinkKind::veth) return;
  const auto address = parse_address(endpoint->ipv4);
  if (!address) return;
  for (const model::PortBinding& binding : bindings) {
    const auto host = parse_address(binding.host_ip);
    if (!host) continue;
    out[{*host, number_of(binding.protocol), binding.host_port}].push_back({*address, binding.container_port});
  }
}

void NetworkStackImpl::flush() {
  if (!dirty_) return;
  Ruleset wanted = wanted_ruleset();
  firewall_.apply(wanted);
  dirty_ = false;
  // Only now: before, a datagram could have made the same flow again.
  const Services before = std::exchange(served_, std::move(wanted.services));
  const std::set<ServiceKey> moved = moved_flows(before, served_);
  if (!moved.empty()) forget_flows_to(moved);
}

void NetworkStackImpl::forget_flows_to(const std::set<ServiceKey>& moved) {
  try {
    std::set<Address> local;
    for (const HostAddress& each : links_.addresses()) local.insert(each.address);
    const auto outdated = [&](const Flow& flow) {
      const ServiceKey any{Address{flow.asked.family, 0}, flow.protocol, flow.asked_port};
      ServiceKey key = any;
      key.address = flow.asked;
      // A specific address goes first, as in the rules.
      if (!moved.contains(key)) {
        if (served_.contains(key) || !moved.contains(any)) return false;
        if (!local.contains(flow.asked) && !flow.asked.is_loopback()) return false;
        key = any;
      }
      const auto now = served_.find(key);
      return now == served_.end() || std::none_of(now->second.begin(), now->second.end(), [&](const Backend& backend) {
               return backend.address == flow.answers_from;
             });
    };
    if (!flows_) flows_.emplace(NetlinkSocket::open(NETLINK_NETFILTER));
    forget_flows(*flows_, outdated);
  } catch (const Error& error) {
    log_warning(error.message());  // the ports are right; old flows end when the kernel's timeout comes
  }
}

}  // namespace stack::netns
