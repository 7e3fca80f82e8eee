// The facade's body: what the engine knows about its networks, endpoints and published ports, and the parts that act on
// it. Split over network_table.cc, endpoints.cc, container_launch.cc, live_endpoints.cc, published.cc and
// housekeeping.cc. Internal to this room.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "netns/dns/names.h"
#include "netns/dns/resolv_conf.h"
#include "netns/dns/server.h"
#include "netns/driver_options.h"
#include "netns/firewall/firewall.h"
#include "netns/firewall/flows.h"
#include "netns/firewall/forward_policy.h"
#include "netns/forwarding.h"
#include "netns/links/host_links.h"
#include "netns/netlink/change_socket.h"
#include "netns/network.h"
#include "netns/network_plan.h"
#include "netns/ports/relay_server.h"
#include "netns/ports/reservations.h"

namespace stack::netns {

struct NetworkEntry {
  model::Network network;
  DriverOptions options;
  std::vector<OpenPool> pools;
  std::uint32_t link_index = 0;  // of the bridge or of the parent; 0 until ensured
  std::set<std::string> containers;
};

struct ContainerEntry {
  EndpointRequest request;
  std::vector<model::Endpoint> endpoints;
  std::vector<model::Attachment> attachments;  // one for each endpoint, in the same order
  Readiness readiness = Readiness::none;
};

class NetworkStackImpl final : public NetworkStack {
 public:
  NetworkStackImpl(boost::asio::io_context& loop, Options options);

  model::Network plan_network(std::string id, const model::NetworkSpec& spec) override;
  std::optional<model::AdoptedBridge> ensure_network(const model::Network& network) override;
  void note_network(const model::Network& network) override { open_network(network); }
  void remove_network(const std::string& id) override;
  void discard_network(const std::string& id) noexcept override;
  std::vector<model::Endpoint> reserve(const EndpointRequest& request) override;
  void expect(const EndpointRequest& request) override;
  void adopt(const EndpointRequest& request, const std::vector<model::Endpoint>& endpoints) override;
  void release(const std::string& container_id) override;
  std::vector<model::Endpoint> attach(const EndpointRequest& request, const model::Attachment& attachment,
                                      std::int32_t pid) override;
  std::vector<model::Endpoint> detach(const std::string& container_id, const std::string& network_id,
                                      std::int32_t pid) override;
  void disconnect(const std::string& container_id) override;
  model::LaunchNetwork launch_network(const std::string& container_id) override;
  std::vector<model::Endpoint> endpoints(const std::string& container_id) const override;
  void serve_dns(const std::string& container_id, UniqueFd udp, UniqueFd tcp) override;
  std::vector<model::PortBinding> reserve_ports(const PublishRequest& request) override;
  void set_readiness(const std::string& container_id, Readiness readiness) override;
  void flush() override;
  SweepReport sweep() override;
  std::string remains() override;
  SweepReport remove_all() override;

 private:
  NetworkEntry& open_network(const model::Network& network);
  NetworkEntry* network_named(const std::string& name_or_id);
  // The one that it means, and no later one of the same name. Throws not_found.
  NetworkEntry* network_of(const model::Attachment& attachment);
  // `bridge`: of the network that is being planned, or empty.
  AddressesInUse in_use(const std::string& bridge);
  [[nodiscard]] WantedBridge wanted_bridge(const NetworkEntry& entry) const;
  // Removes the network's bridge, or what it changed on one of somebody else.
  void take_down(NetworkEntry& entry);
  // Forwarding for the networks that reach out, and for no others.
  void ensure_forwarding();
  // Somebody else changed the host's interfaces, forwarding or packet filters.
  void host_changed();

  model::Endpoint reserve_one(const EndpointRequest& request, const model::Attachment& attachment,
                              NetworkEntry& network);
  void name_interfaces(ContainerEntry& entry);
  // What the host and the container play for one endpoint, which gets a fresh name for its host's end.
  void add_endpoint(model::LaunchNetwork& out, const model::Attachment& attachment, model::Endpoint& endpoint);
  void add_default_routes(model::LaunchNetwork& out, const ContainerEntry& entry) const;
  // Makes the endpoint in the namespace of a process; what it made goes when it throws.
  void plug_in(const ContainerEntry& entry, model::Endpoint& endpoint, std::int32_t pid);
  void unplug(const ContainerEntry& entry, const model::Endpoint& endpoint, std::int32_t pid);
  // Who sees whose names, and where ports lead, after an endpoint came or went.
  void endpoints_changed(const ContainerEntry& entry);
  [[nodiscard]] dns::Server::View dns_view(const ContainerEntry& entry) const;
  std::string fresh_host_name();
  void give_back(const model::Endpoint& endpoint, const std::string& container_id);
  void publish_names(const ContainerEntry& entry);

  // The endpoint that supplies the default route of a family, or nullptr.
  const model::Endpoint* default_route(const ContainerEntry& entry, Family family) const;
  dns::ResolvConf host_resolv_conf() const;
  std::vector<std::string> forward_to(const ContainerEntry& entry) const;
  [[nodiscard]] Ruleset wanted_ruleset() const;
  // Where a container is reached by way of published ports, or nothing.
  std::optional<Address> published_address(const ContainerEntry& entry, Family family) const;
  // What leads to the container by the packet filter, and by relays.
  void add_redirected(const std::string& container_id, const ContainerEntry& entry, Services& out) const;
  void add_relayed(const std::string& container_id, const ContainerEntry& entry, Services& out) const;
  using AddTargets = void (NetworkStackImpl::*)(const std::string&, const ContainerEntry&, Services&) const;
  // The ready containers of each port, or those that run when none is ready.
  Services led_to(AddTargets add) const;
  // Throws unsupported for what neither can do.
  void check_relayed(const ContainerEntry* entry, const model::PublishedPort& port) const;
  void forget_flows_to(const std::set<ServiceKey>& moved);
  [[nodiscard]] std::string alias() const { return "stack:" + options_.tag; }
  bool is_ours(const HostLink& link) const;
  SweepReport remove_links(const std::set<std::string>& keep);

  Options options_;
  std::vector<PoolSource> auto_pools_;
  HostLinks links_;
  Firewall firewall_;
  ForwardPolicy forward_policy_;
  Forwarding forwarding_;
  Reservations ports_;
  RelayServer relays_;
  dns::Names names_;
  dns::Server dns_;
  bool kernel_has_ipv6_ = false;
  bool dirty_ = false;
  std::optional<NetlinkSocket> flows_;  // opened when first needed
  Services served_;                     // as committed last
  std::uint64_t next_host_name_ = 0;
  std::map<std::string, NetworkEntry> networks_;      // by id
  std::map<std::string, ContainerEntry> containers_;  // by id
  ChangeSocket watch_;                                // last: it calls back into all of the above
};

}  // namespace stack::netns
