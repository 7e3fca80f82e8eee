#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/model/sysctl.h"
#include "netns/firewall/dns_redirect.h"
#include "netns/network_stack.h"

namespace stack::netns {

namespace {

constexpr std::size_t kMaxResolvConfBytes = std::size_t{64} << 10;

constexpr int kLinkLocalPrefix4 = 16, kLinkLocalPrefix6 = 64;

bool is_ipv6(const std::string& text) {
  const auto address = parse_address(text);
  return address && address->family == Family::v6;
}

// As with Docker: on the default bridge, where no names are answered but those of links, a container's own servers stand in its file.
bool asks_by_itself(const ContainerEntry& entry) {
  return !entry.request.dns.empty() &&
         std::ranges::all_of(entry.endpoints, [](const auto& endpoint) { return endpoint.network == "bridge"; }) &&
         std::ranges::all_of(entry.attachments, [](const auto& attachment) { return attachment.links.empty(); });
}

// The host's half.
void add_link(model::LaunchNetwork& out, const NetworkEntry& network, const model::Endpoint& endpoint) {
  ContainerLink link;
  link.kind = network.options.kind;
  link.host_name = endpoint.host_interface;
  link.name = endpoint.interface_name;
  link.parent = network.link_index;
  link.mode = network.options.mode;
  link.mac = parse_mac(endpoint.mac);
  link.mtu = network.options.mtu;
  out.host_route.push_back(create_container_link(link));
  if (link.kind != LinkKind::veth) return;
  out.host_route.push_back(tune_port(link.host_name, !network.options.neighbours));
  if (link.mac) out.host_route.push_back(claim_port(link.host_name, *link.mac));
}

}  // namespace

const model::Endpoint* NetworkStackImpl::default_route(const ContainerEntry& entry, Family family) const {
  const model::Endpoint* best = nullptr;
  int best_priority = 0;
  for (std::size_t i = 0; i < entry.endpoints.size(); ++i) {
    const model::Endpoint& endpoint = entry.endpoints[i];
    if ((family == Family::v4 ? endpoint.gateway : endpoint.ipv6_gateway).empty()) continue;
    const int priority = entry.attachments[i].gateway_priority;
    if (best == nullptr || priority > best_priority ||
        (priority == best_priority && endpoint.network < best->network)) {
      best = &endpoint;
      best_priority = priority;
    }
  }
  return best;
}

dns::ResolvConf NetworkStackImpl::host_resolv_conf() const {
  dns::ResolvConf out = dns::parse_resolv_conf(read_file("/etc/resolv.conf", kMaxResolvConfBytes).value_or(""));
  if (!options_.resolvers.empty()) out.servers = options_.resolvers;
  return out;
}

std::vector<std::string> NetworkStackImpl::forward_to(const ContainerEntry& entry) const {
  std::vector<std::string> servers = entry.request.dns.empty() ? host_resolv_conf().servers : entry.request.dns;
  std::erase(servers, dns::kContainerServer);
  const bool reaches_out = std::any_of(
      entry.endpoints.begin(), entry.endpoints.end(),
      [&](const model::Endpoint& endpoint) { return !networks_.at(endpoint.network_id).network.spec.internal; });
  if (reaches_out) return servers;
  // On internal networks only, names are no way out either: what remains are servers of the networks themselves.
  std::erase_if(servers, [&](const std::string& text) {
    const auto address = parse_address(text);
    return !address ||
           std::none_of(entry.endpoints.begin(), entry.endpoints.end(), [&](const model::Endpoint& endpoint) {
             const auto& pools = networks_.at(endpoint.network_id).pools;
             return std::any_of(pools.begin(), pools.end(),
                                [&](const OpenPool& pool) { return pool.pool.subnet().contains(*address); });
           });
  });
  return servers;
}

void NetworkStackImpl::publish_names(const ContainerEntry& entry) {
  const EndpointRequest& request = entry.request;
  for (std::size_t i = 0; i < entry.endpoints.size(); ++i) {
    const model::Endpoint& endpoint = entry.endpoints[i];
    dns::Record record;
    record.container_id = request.container_id;
    record.network = endpoint.network;
    record.names = entry.attachments[i].aliases;
    record.names.push_back(request.sticky_key);
    record.names.push_back(request.hostname);
    record.names.emplace_back(short_id(request.container_id));
    record.reverse_name =
        (request.sticky_key.empty() ? std::string(short_id(request.container_id)) : request.sticky_key) + "." +
        endpoint.network;
    for (const std::string& text : {endpoint.ipv4, endpoint.ipv6}) {
      if (const auto address = parse_address(text)) record.addresses.push_back(*address);
    }
    names_.add(std::move(record));
  }
  names_.set_ready(request.container_id, entry.readiness == Readiness::ready);
}

void NetworkStackImpl::add_endpoint(model::LaunchNetwork& out, const model::Attachment& attachment,
                                    model::Endpoint& endpoint) {
  const NetworkEntry& network = networks_.at(endpoint.network_id);
  if (network.link_index == 0) throw Error("the network " + endpoint.network + " has not been made");
  if (network.options.kind == LinkKind::veth) endpoint.host_interface = fresh_host_name();
  add_link(out, network, endpoint);
  const std::string& name = endpoint.interface_name;
  const auto& link_local = attachment.link_local_ips;
  const bool has_ipv6 = !endpoint.ipv6.empty() || std::ranges::any_of(link_local, is_ipv6);
  out.child_route.push_back(prepare_link(name, kernel_has_ipv6_ && !has_ipv6));
  if (const auto address = parse_address(endpoint.ipv4)) {
    out.child_route.push_back(child_address(name, *address, endpoint.prefix_length));
  }
  if (const auto address = parse_address(endpoint.ipv6)) {
    out.child_route.push_back(child_address(name, *address, endpoint.ipv6_prefix_length));
  }
  for (const std::string& text : link_local) {
    if (const auto address = parse_address(text))
      out.child_route.push_back(child_address(name, *address, is_ipv6(text) ? kLinkLocalPrefix6 : kLinkLocalPrefix4));
  }
  out.child_route.push_back(child_up(name));
  for (auto& setting : model::interface_sysctls(attachment.driver_opts, name))
    out.sysctls.push_back(std::move(setting));
}

void NetworkStackImpl::add_default_routes(model::LaunchNetwork& out, const ContainerEntry& entry) const {
  for (const Family family : {Family::v4, Family::v6}) {
    const model::Endpoint* through = default_route(entry, family);
    if (through == nullptr) continue;
    const auto gateway = parse_address(family == Family::v4 ? through->gateway : through->ipv6_gateway);
    if (gateway) out.child_route.push_back(child_default_route(through->interface_name, *gateway));
  }
}

model::LaunchNetwork NetworkStackImpl::launch_network(const std::string& container_id) {
  const auto it = containers_.find(container_id);
  model::LaunchNetwork out;
  dns_.stop(container_id);
  if (it == containers_.end() || it->second.endpoints.empty()) return out;
  ContainerEntry& entry = it->second;
  set_readiness(container_id, Readiness::none);  // what the run before had shown
  for (std::size_t i = 0; i < entry.endpoints.size(); ++i) add_endpoint(out, entry.attachments[i], entry.endpoints[i]);
  add_default_routes(out, entry);
  out.child_netfilter = dns_redirect();
  out.dns_sockets = true;
  const EndpointRequest& wanted = entry.request;
  out.resolv_conf = asks_by_itself(entry)
                        ? dns::direct_resolv_conf(host_resolv_conf(), wanted.dns, wanted.dns_search, wanted.dns_options)
                        : dns::container_resolv_conf(host_resolv_conf(), wanted.dns_search, wanted.dns_options);
  publish_names(entry);
  return out;
}

dns::Server::View NetworkStackImpl::dns_view(const ContainerEntry& entry) const {
  dns::Server::View view;
  // On the default bridge nobody has a name, as with Docker, but for those that a container is linked to.
  for (const model::Endpoint& endpoint : entry.endpoints)
    (endpoint.network == "bridge" ? view.link_networks : view.networks).push_back(endpoint.network);
  for (const model::Attachment& attachment : entry.attachments) {
    for (const auto& [name, target] : attachment.links) {
      view.links.emplace(dns::lower_case(name), dns::lower_case(target));
    }
  }
  return view;
}

void NetworkStackImpl::serve_dns(const std::string& container_id, UniqueFd udp, UniqueFd tcp) {
  const auto it = containers_.find(container_id);
  if (it == containers_.end()) {
    throw Error(ErrorKind::not_found, "there is no endpoint of the container " + std::string(short_id(container_id)));
  }
  for (const model::Endpoint& endpoint : it->second.endpoints) {
    if (endpoint.host_interface.empty()) continue;
    (void)links_.link(endpoint.host_interface);
    (void)links_.link(networks_.at(endpoint.network_id).network.bridge);  // whose first port it may be
  }
  dns::Server::Client client;
  client.container_id = container_id;
  client.view = dns_view(it->second);
  const auto& options = it->second.request.dns_options;
  client.ends_plain_names =
      std::any_of(options.begin(), options.end(), [](const auto& option) { return option.starts_with("ndots:"); });
  client.forward_to = [this, container_id]() -> std::vector<std::string> {
    const auto entry = containers_.find(container_id);
    if (entry == containers_.end()) return {};
    return forward_to(entry->second);
  };
  dns_.serve(std::move(client), std::move(udp), std::move(tcp));
}

}  // namespace stack::netns
