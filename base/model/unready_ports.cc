#include "base/model/unready_ports.h"

#include <map>
#include <set>
#include <utility>

namespace stack::model {
namespace {

struct Publisher {
  std::set<std::pair<std::uint16_t, Protocol>> ports;
  bool ready = false;      // a replica passes its check, or has none
  bool unhealthy = false;  // a replica has failed it
};

std::string text_of(const std::pair<std::uint16_t, Protocol>& port) {
  const std::string number = std::to_string(port.first);
  switch (port.second) {
    case Protocol::tcp:
      return number;
    case Protocol::udp:
      return number + "/udp";
    case Protocol::sctp:
      return number + "/sctp";
  }
  return number;
}

std::string sentence(const std::string& service, const Publisher& publisher) {
  std::string ports;
  for (const auto& port : publisher.ports) ports += (ports.empty() ? "" : ", ") + text_of(port);
  return (publisher.ports.size() == 1 ? "port " : "ports ") + ports + " of " + service +
         ": no replica passes its healthcheck; connections go to running ones";
}

}  // namespace

std::vector<std::string> unready_ports(const std::vector<Container>& containers) {
  std::map<std::string, Publisher> services;
  for (const Container& container : containers) {
    const ContainerState& state = container.state;
    if (state.status != Status::running || container.spec.one_off || container.spec.service.empty()) continue;
    Publisher& publisher = services[container.spec.service];
    for (const PortBinding& binding : state.ports) publisher.ports.emplace(binding.host_port, binding.protocol);
    publisher.ready = publisher.ready || state.health == Health::none || state.health == Health::healthy;
    publisher.unhealthy = publisher.unhealthy || state.health == Health::unhealthy;
  }
  std::vector<std::string> sentences;
  for (const auto& [service, publisher] : services) {
    if (publisher.unhealthy && !publisher.ready && !publisher.ports.empty())
      sentences.push_back(sentence(service, publisher));
  }
  return sentences;
}

}  // namespace stack::model
