#include <algorithm>
#include <utility>

#include <linux/netlink.h>
#include <netinet/in.h>

#include "base/error.h"
#include "base/log.h"
#include "base/scope_guard.h"
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

// What the packet filter cannot redirect, and a relay carries for TCP only.
bool needs_relay(const Address& host, bool container_has_ipv6) {
  return host.family == Family::v6 && (host.is_loopback() || !container_has_ipv6);
}

}  // namespace

void NetworkStackImpl::check_relayed(const ContainerEntry* entry, const model::PublishedPort& port) const {
  const auto host = parse_address(port.host_ip);
  if (!host || port.protocol == model::Protocol::tcp) return;
  if (!needs_relay(*host, entry != nullptr && default_route(*entry, Family::v6) != nullptr)) return;
  const std::string what = "publishing a port of UDP or SCTP on " + port.host_ip;
  if (host->is_loopback()) {
    throw Error(ErrorKind::unsupported, what + " is not possible: the kernel redirects nothing that goes to ::1")
        .remedy("publish it on 127.0.0.1 or on another IPv6 address");
  }
  throw Error(ErrorKind::unsupported, what + " needs a network with IPv6")
      .remedy("give the service a network with enable_ipv6: true, or publish the port on an IPv4 address");
}

std::vector<model::PortBinding> NetworkStackImpl::reserve_ports(const PublishRequest& request) {
  const auto it = containers_.find(request.container_id);
  const ContainerEntry* entry = it == containers_.end() ? nullptr : &it->second;
  std::vector<model::PublishedPort> ports = request.ports;
  const model::Endpoint* out = entry == nullptr ? nullptr : default_route(*entry, Family::v4);
  const auto binding = out == nullptr ? std::nullopt : networks_.at(out->network_id).options.host_binding;
  for (model::PublishedPort& port : ports) {
    if (binding && port.host_ip.empty()) port.host_ip = binding->text();
    check_relayed(entry, port);
  }
  const auto bindings = ports_.reserve(request.container_id, request.owner, ports);
  ScopeGuard undo([&] { ports_.release(request.container_id); });
  // Without an address, a port is published on all addresses of both families that the container has.
  std::vector<model::PortBinding> all;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    all.push_back(bindings[i]);
    if (!ports[i].host_ip.empty() || entry == nullptr || default_route(*entry, Family::v6) == nullptr) continue;
    model::PublishedPort six = ports[i];
    six.host_ip = "::";
    six.host_first = six.host_last = bindings[i].host_port;
    const auto more = ports_.reserve(request.container_id, request.owner, {six});
    all.insert(all.end(), more.begin(), more.end());
  }
  undo.dismiss();
  if (!all.empty()) dirty_ = true;
  return all;
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
  out.services = led_to(&NetworkStackImpl::add_redirected);
  return out;
}

Services NetworkStackImpl::led_to(AddTargets add) const {
  Services ready, last_resort;
  for (const auto& [id, entry] : containers_) {
    if (entry.readiness == Readiness::none) continue;
    (this->*add)(id, entry, entry.readiness == Readiness::ready ? ready : last_resort);
  }
  ready.merge(last_resort);  // of the ports that no ready replica has
  for (auto& [key, backends] : ready) std::sort(backends.begin(), backends.end());
  return ready;
}

std::optional<Address> NetworkStackImpl::published_address(const ContainerEntry& entry, Family family) const {
  // The way out is the way in: an answer leaves by the default route.
  const model::Endpoint* endpoint = default_route(entry, family);
  if (endpoint == nullptr || networks_.at(endpoint->network_id).options.kind != LinkKind::veth) return std::nullopt;
  return parse_address(family == Family::v4 ? endpoint->ipv4 : endpoint->ipv6);
}

void NetworkStackImpl::add_redirected(const std::string& container_id, const ContainerEntry& entry,
                                      Services& out) const {
  for (const model::PortBinding& binding : ports_.of(container_id)) {
    const auto host = parse_address(binding.host_ip);
    if (!host || (host->family == Family::v6 && host->is_loopback())) continue;
    const auto address = published_address(entry, host->family);
    if (!address) continue;
    out[{*host, number_of(binding.protocol), binding.host_port}].push_back({*address, binding.container_port});
  }
}

void NetworkStackImpl::add_relayed(const std::string& container_id, const ContainerEntry& entry, Services& out) const {
  for (const model::PortBinding& binding : ports_.of(container_id)) {
    const auto host = parse_address(binding.host_ip);
    if (!host || host->family != Family::v6 || binding.protocol != model::Protocol::tcp) continue;
    const auto six = published_address(entry, Family::v6);
    // On all addresses, ::1 is one of them.
    if (!needs_relay(*host, six.has_value()) && !host->is_unspecified()) continue;
    const auto address = six ? six : published_address(entry, Family::v4);
    if (!address) continue;
    out[{*host, IPPROTO_TCP, binding.host_port}].push_back({*address, binding.container_port});
  }
}

void NetworkStackImpl::flush() {
  if (!dirty_) return;
  Ruleset wanted = wanted_ruleset();
  firewall_.apply(wanted);
  dirty_ = false;
  std::map<HostPort, std::vector<Backend>> relayed;
  for (auto& [key, backends] : led_to(&NetworkStackImpl::add_relayed)) {
    relayed[{key.address, model::Protocol::tcp, key.port}] = backends;
  }
  try {
    relays_.serve(relayed, ports_);
  } catch (const Error& error) {
    log_warning(error.message());  // of these ports only: whoever flushes has nothing to do with them
  }
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
