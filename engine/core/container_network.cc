#include "engine/core/container_network.h"

#include "base/ids.h"
#include "base/log.h"

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

void ContainerNetwork::reserve_ports(std::vector<model::PublishedPort> ports) {
  if (ports.empty()) return;
  const model::ContainerSpec& spec = record_.spec;
  const std::string owner = spec.project.empty() ? spec.name : spec.project + "/" + spec.service;
  record_.state.ports = network_.reserve_ports({.container_id = record_.id, .owner = owner, .ports = std::move(ports)});
}

void ContainerNetwork::adopt() {
  if (!has_networks()) return;
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
