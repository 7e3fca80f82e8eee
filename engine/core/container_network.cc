#include "engine/core/container_network.h"

#include <algorithm>

#include "base/ids.h"
#include "base/log.h"
#include "engine/core/container_message.h"
#include "netns/container_check.h"

namespace stack::core {

bool ContainerNetwork::has_networks() const {
  return record_.spec.network_mode.empty() && !record_.spec.networks.empty();
}

netns::EndpointRequest ContainerNetwork::request() const {
  const model::ContainerSpec& spec = record_.spec;
  return {.container_id = record_.id,
          .sticky_key = spec.name,
          .hostname = spec.hostname.empty() ? std::string{short_id(record_.id)} : spec.hostname,
          .attachments = spec.networks,
          .dns = spec.dns,
          .dns_search = spec.dns_search,
          .dns_options = spec.dns_options};
}

void ContainerNetwork::expect() { network_.expect(request()); }

void ContainerNetwork::reserve() {
  if (!record_.state.endpoints.empty()) return;
  if (has_networks()) record_.state.endpoints = network_.reserve(request());
  reserve_ports(record_.spec.ports);
}

// Of a container without a network of its own, the host's ports are not taken, as with dockerd.
void ContainerNetwork::reserve_ports(std::vector<model::PublishedPort> ports) {
  if (ports.empty() || !has_networks()) return;
  const model::ContainerSpec& spec = record_.spec;
  const std::string owner = spec.project.empty() ? spec.name : spec.project + "/" + spec.service;
  record_.state.ports = network_.reserve_ports({.container_id = record_.id, .owner = owner, .ports = std::move(ports)});
}

void ContainerNetwork::adopt() {
  // One that lost its last network while it ran has a name server all the same.
  if (!record_.spec.network_mode.empty()) return;
  try {
    network_.adopt(request(), record_.state.endpoints);
    std::vector<model::PublishedPort> bound;
    for (const model::PortBinding& port : record_.state.ports) {
      bound.push_back({port.host_ip, port.host_port, port.host_port, port.container_port, port.protocol});
    }
    reserve_ports(std::move(bound));
  } catch (const std::exception& error) {
    log_error("container " + record_.id + " runs on without what it had: " + error.what());
  }
}

model::LaunchNetwork ContainerNetwork::launch() {
  model::LaunchNetwork made = network_.launch_network(record_.id);
  if (has_networks()) record_.state.endpoints = network_.endpoints(record_.id);
  return made;
}

bool ContainerNetwork::is_up() const { return record_.state.pid != 0 || !record_.state.endpoints.empty(); }

// Docker's words.
void ContainerNetwork::check_own_network() const {
  const std::string& mode = record_.spec.network_mode;
  if (mode.empty()) return;
  throw Error(ErrorKind::invalid,
              mode == "none" ? "container cannot be connected to multiple networks with one of the networks in private "
                               "(none) mode"
                             : "container sharing network namespace with another container or host cannot be connected "
                               "to any other network");
}

void ContainerNetwork::join(const model::Attachment& attachment) {
  check_own_network();
  model::ContainerSpec alone;
  alone.networks = {attachment};
  netns::check_container(alone);
  auto& networks = record_.spec.networks;
  const auto same = [&](const model::Attachment& each) { return each.network == attachment.network; };
  if (is_up()) {
    if (std::any_of(networks.begin(), networks.end(), same)) {
      throw Error(ErrorKind::not_permitted,
                  "endpoint with name " + record_.spec.name + " already exists in network " + attachment.network);
    }
    record_.state.endpoints = network_.attach(request(), attachment, record_.state.pid);
    directory_.flush_soon();
  }
  std::erase_if(networks, same);
  networks.push_back(attachment);
  if (!is_up()) expect();
}

void ContainerNetwork::leave(const NetworkChange& change) {
  const std::string& name = change.attachment.network;
  if (name == "none" && record_.spec.network_mode == name) return record_.spec.network_mode.clear();
  auto& networks = record_.spec.networks;
  const auto found = std::find_if(networks.begin(), networks.end(), [&](const model::Attachment& each) {
    return each.network == name || each.network == change.network_id;
  });
  if (found == networks.end()) {
    const char* to = is_up() ? " is not connected to network " : " is not connected to the network ";  // as dockerd
    throw Error("container " + record_.id + to + name);
  }
  if (is_up()) unplug(change);
  networks.erase(found);
}

void ContainerNetwork::unplug(const NetworkChange& change) {
  try {
    record_.state.endpoints = network_.detach(record_.id, change.network_id, record_.state.pid);
  } catch (const Error& error) {
    if (!change.force) throw;
    log_warning("container " + record_.id + ": " + error.message());
    record_.state.endpoints = network_.detach(record_.id, change.network_id, 0);
  }
  directory_.flush_soon();
}

void ContainerNetwork::serve_dns(UniqueFd udp, UniqueFd tcp) {
  network_.serve_dns(record_.id, std::move(udp), std::move(tcp));
}

void ContainerNetwork::route(netns::Readiness readiness) {
  if (!has_networks()) return;
  network_.set_readiness(record_.id, readiness);
  directory_.flush_soon();
}

void ContainerNetwork::release() {
  if (std::exchange(shared_, false)) network_.disconnect(record_.id);
  network_.release(record_.id);
  directory_.flush_soon();
}

}  // namespace stack::core
