// The addresses, ports and names of one container: reserved before it starts, given back once.
//
// Loop thread only; owned by ManagedContainer, whose record it fills in. A container with another one's or the host's network has none,
// and every call but reserve() of ports does nothing.
#pragma once

#include "base/model/container_state.h"
#include "base/model/launch_network.h"
#include "engine/core/container_ports.h"
#include "netns/network.h"

namespace stack::core {

struct NetworkChange;

class ContainerNetwork {
 public:
  ContainerNetwork(netns::NetworkStack& network, model::Container& record, ContainerDirectory& directory)
      : network_(network), record_(record), directory_(directory) {}

  // Its static addresses are given to nobody else by chance. For one that does not run.
  void expect();
  // Does nothing when it has kept its addresses since the last run. Throws as netns::NetworkStack does; then nothing is reserved.
  void reserve();
  // Takes note of what a container that runs on has. What somebody else has taken meanwhile is no reason to end it: it goes on without.
  void adopt();
  // What connects it, with a loopback interface only when it has no networks.
  model::LaunchNetwork launch();
  // One more network, or one less: in its namespace when it runs, in what is reserved for its next run when it is about to start again,
  // and in its record. Throws when it runs and has the network, does not have it, or has none of its own.
  void join(const model::Attachment& attachment);
  void leave(const NetworkChange& change);
  void serve_dns(UniqueFd udp, UniqueFd tcp);
  void route(netns::Readiness readiness);
  [[nodiscard]] bool has_networks() const;
  void release();
  // Another container has joined its namespace, which lives on as long as that one does.
  void share() { shared_ = true; }

 private:
  // Whether addresses are reserved for it, by a run or for the next one.
  [[nodiscard]] bool is_up() const;
  void check_own_network() const;
  void unplug(const NetworkChange& change);
  [[nodiscard]] netns::EndpointRequest request() const;
  void reserve_ports(std::vector<model::PublishedPort> ports);

  netns::NetworkStack& network_;
  model::Container& record_;
  ContainerDirectory& directory_;
  bool shared_ = false;
};

}  // namespace stack::core
