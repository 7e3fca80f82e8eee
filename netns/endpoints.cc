#include <algorithm>
#include <tuple>

#include "base/error.h"
#include "base/ids.h"
#include "base/scope_guard.h"
#include "netns/network_stack.h"

namespace stack::netns {

namespace {

std::string owner_of(const EndpointRequest& request) {
  return request.sticky_key.empty() ? request.container_id : request.sticky_key;
}

// The wanted static address, or one that the pools of the family have left. Nothing when the network has no such
// family.
struct Given {
  Address address;
  const OpenPool* pool = nullptr;
};

std::optional<Given> give(NetworkEntry& network, Family family, const std::string& wanted, const std::string& owner) {
  const std::string& name = network.network.spec.name;
  bool has_family = false;
  if (!wanted.empty()) {
    const auto address = parse_address(wanted);
    if (!address || address->family != family) {
      throw Error(ErrorKind::invalid,
                  "\"" + wanted + "\" is not an " + (family == Family::v4 ? "IPv4" : "IPv6") + " address");
    }
    for (OpenPool& pool : network.pools) {
      if (!pool.pool.subnet().contains(*address)) continue;
      if (pool.pool.is_reserved(*address) || !pool.pool.usable(*address)) {
        throw Error(ErrorKind::not_permitted,
                    "Address already in use: " + wanted + " of the network " + name + " is reserved");
      }
      if (!pool.pool.take(*address, owner)) {
        throw Error(ErrorKind::not_permitted, "Address already in use: " + wanted + " of the network " + name);
      }
      return Given{*address, &pool};
    }
    throw Error(ErrorKind::invalid,
                "no configured subnet or ip-range contain the IP address " + wanted + " of the network " + name)
        .remedy("give the network a subnet that contains it (ipam: config: subnet)");
  }
  for (OpenPool& pool : network.pools) {
    if (pool.pool.subnet().base.family != family) continue;
    has_family = true;
    if (const auto address = pool.pool.take_next(owner)) return Given{*address, &pool};
  }
  if (!has_family) return std::nullopt;
  throw Error(ErrorKind::conflict, "the network " + name + " has no address left")
      .remedy("give the network a larger subnet, or remove containers from it");
}

}  // namespace

std::string NetworkStackImpl::fresh_host_name() {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::uint64_t number = next_host_name_++;
  std::string digits;
  for (int i = 0; i < 7; ++i) {
    digits += kDigits[number % kDigits.size()];
    number /= kDigits.size();
  }
  return "s" + options_.tag + "v" + digits;
}

model::Endpoint NetworkStackImpl::reserve_one(const EndpointRequest& request, const model::Attachment& attachment,
                                              NetworkEntry& network) {
  const bool external_gateway = network.options.kind != LinkKind::veth;
  model::Endpoint endpoint;
  endpoint.network = network.network.spec.name;
  endpoint.network_id = network.network.id;
  endpoint.driver = network.network.spec.driver;
  ScopeGuard undo([&] { give_back(endpoint, request.container_id); });
  const std::string owner = owner_of(request);
  std::optional<Address> first;
  if (const auto given = give(network, Family::v4, attachment.ipv4_address, owner)) {
    endpoint.ipv4 = given->address.text();
    endpoint.prefix_length = given->pool->pool.subnet().prefix;
    if (!network.network.spec.internal) endpoint.gateway = given->pool->gateway.text();
    first = given->address;
  }
  if (const auto given = give(network, Family::v6, attachment.ipv6_address, owner)) {
    endpoint.ipv6 = given->address.text();
    endpoint.ipv6_prefix_length = given->pool->pool.subnet().prefix;
    if (!network.network.spec.internal) endpoint.ipv6_gateway = given->pool->gateway.text();
    if (!first) first = given->address;
  }
  if (!attachment.mac_address.empty()) {
    const auto mac = parse_mac(attachment.mac_address);
    if (!mac || ((*mac)[0] & 1) != 0) {
      throw Error(ErrorKind::invalid, "\"" + attachment.mac_address + "\" is not the MAC address of an interface");
    }
    endpoint.mac = mac_text(*mac);
  } else if (first && network.options.kind != LinkKind::ipvlan) {
    endpoint.mac = mac_text(mac_for(*first));
  }
  if (!external_gateway) endpoint.host_interface = fresh_host_name();
  undo.dismiss();
  return endpoint;
}

void NetworkStackImpl::name_interfaces(ContainerEntry& entry) {
  std::set<std::string> names{"lo"};
  for (const model::Endpoint& endpoint : entry.endpoints) names.insert(endpoint.interface_name);
  for (std::size_t i = 0; i < entry.endpoints.size(); ++i) {
    if (!entry.endpoints[i].interface_name.empty()) continue;
    const std::string& wanted = entry.attachments[i].interface_name;
    if (wanted.empty()) continue;
    if (!is_interface_name(wanted)) throw Error(ErrorKind::invalid, "\"" + wanted + "\" is not an interface's name");
    if (!names.insert(wanted).second) throw Error(ErrorKind::invalid, "two interfaces are named " + wanted);
    entry.endpoints[i].interface_name = wanted;
  }
  unsigned number = 0;
  for (model::Endpoint& endpoint : entry.endpoints) {
    if (!endpoint.interface_name.empty()) continue;
    const std::string& prefix = networks_.at(endpoint.network_id).options.interface_prefix;
    do {
      endpoint.interface_name = prefix + std::to_string(number++);
    } while (!names.insert(endpoint.interface_name).second);
  }
}

std::vector<model::Endpoint> NetworkStackImpl::reserve(const EndpointRequest& request) {
  // One that lost its last network while it ran has none.
  if (const auto known = containers_.find(request.container_id);
      known != containers_.end() && !known->second.endpoints.empty()) {
    throw Error(ErrorKind::conflict,
                "container " + std::string(short_id(request.container_id)) + " has its endpoints already");
  }
  ContainerEntry entry;
  entry.request = request;
  entry.attachments = request.attachments;
  // Who is to have the gateway first, then the higher priority, as Compose connects them; the first becomes eth0.
  std::stable_sort(entry.attachments.begin(), entry.attachments.end(),
                   [](const model::Attachment& a, const model::Attachment& b) {
                     return std::tie(a.gateway_priority, a.priority) > std::tie(b.gateway_priority, b.priority);
                   });
  ScopeGuard undo([&] {
    for (const model::Endpoint& endpoint : entry.endpoints) give_back(endpoint, request.container_id);
  });
  for (const model::Attachment& attachment : entry.attachments) {
    NetworkEntry* network = network_of(attachment);
    if (network->containers.contains(request.container_id)) {
      throw Error(ErrorKind::invalid, "the network " + attachment.network + " is attached twice");
    }
    entry.endpoints.push_back(reserve_one(request, attachment, *network));
    network->containers.insert(request.container_id);
  }
  name_interfaces(entry);
  undo.dismiss();
  return containers_.insert_or_assign(request.container_id, std::move(entry)).first->second.endpoints;
}

void NetworkStackImpl::expect(const EndpointRequest& request) {
  for (const model::Attachment& attachment : request.attachments) {
    NetworkEntry* network = network_named(attachment.network);
    if (network == nullptr) continue;
    for (const std::string* text : {&attachment.ipv4_address, &attachment.ipv6_address}) {
      const auto address = parse_address(*text);
      if (!address) continue;
      for (OpenPool& pool : network->pools) {
        if (pool.pool.subnet().contains(*address)) pool.pool.expect(*address, owner_of(request));
      }
    }
  }
}

void NetworkStackImpl::adopt(const EndpointRequest& request, const std::vector<model::Endpoint>& endpoints) {
  ContainerEntry entry;
  entry.request = request;
  for (const model::Endpoint& endpoint : endpoints) {
    const auto network = networks_.find(endpoint.network_id);
    if (network == networks_.end()) {
      throw Error(ErrorKind::not_found, "there is no network " + endpoint.network + " for the container " +
                                            std::string(short_id(request.container_id)));
    }
    for (const std::string& text : {endpoint.ipv4, endpoint.ipv6}) {
      const auto address = parse_address(text);
      if (!address) continue;
      for (OpenPool& pool : network->second.pools) {
        if (pool.pool.subnet().contains(*address)) (void)pool.pool.take(*address, owner_of(request));
      }
    }
    network->second.containers.insert(request.container_id);
    model::Attachment attachment;
    for (const model::Attachment& each : request.attachments) {
      if (each.network == endpoint.network || each.network == endpoint.network_id) attachment = each;
    }
    entry.attachments.push_back(std::move(attachment));
    entry.endpoints.push_back(endpoint);
  }
  publish_names(entry);
  containers_.insert_or_assign(request.container_id, std::move(entry));
  dirty_ = true;
}

void NetworkStackImpl::give_back(const model::Endpoint& endpoint, const std::string& container_id) {
  const auto network = networks_.find(endpoint.network_id);
  if (network == networks_.end()) return;
  network->second.containers.erase(container_id);
  for (const std::string& text : {endpoint.ipv4, endpoint.ipv6}) {
    const auto address = parse_address(text);
    if (!address) continue;
    for (OpenPool& pool : network->second.pools) pool.pool.give_back(*address);
  }
}

void NetworkStackImpl::release(const std::string& container_id) {
  dns_.stop(container_id);
  names_.remove(container_id);
  if (!ports_.of(container_id).empty()) dirty_ = true;
  const auto it = containers_.find(container_id);
  ports_.release(container_id);
  if (it == containers_.end()) return;
  for (const model::Endpoint& endpoint : it->second.endpoints) give_back(endpoint, container_id);
  containers_.erase(it);
}

void NetworkStackImpl::disconnect(const std::string& container_id) {
  const auto it = containers_.find(container_id);
  if (it == containers_.end()) return;
  for (const model::Endpoint& endpoint : it->second.endpoints) {
    if (!endpoint.host_interface.empty()) links_.remove(endpoint.host_interface);
  }
}

std::vector<model::Endpoint> NetworkStackImpl::endpoints(const std::string& container_id) const {
  const auto it = containers_.find(container_id);
  return it == containers_.end() ? std::vector<model::Endpoint>{} : it->second.endpoints;
}

}  // namespace stack::netns
