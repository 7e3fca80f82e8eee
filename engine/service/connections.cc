#include "engine/service/connections.h"

#include "engine/core/context.h"
#include "engine/core/predefined_networks.h"
#include "engine/service/answered.h"
#include "engine/service/network_refusals.h"

namespace stack::service {

namespace asio = boost::asio;

namespace {

// Docker's words, as are all refusals here.
void check_joinable(const model::Network& network, const model::Attachment& attachment) {
  const std::string& name = network.spec.name;
  if (name == "host") {
    throw Error(ErrorKind::invalid,
                "cannot connect container to host network - container must be created in host network mode");
  }
  if (name == "none") {
    throw Error(ErrorKind::invalid,
                "container cannot be connected to multiple networks with one of the networks in private (none) mode");
  }
  check_endpoint(network.spec, attachment);
}

void check_leavable(const model::Network& network, const model::ContainerSpec& spec) {
  if (network.spec.name == "host" && spec.network_mode == "host") {
    throw Error(ErrorKind::invalid,
                "cannot disconnect container from host network - container was created in host network mode");
  }
}

}  // namespace

Connections::Connections(core::Engine& engine, api::NetworkBackend& networks, api::ContainerQuery& containers)
    : engine_(engine), networks_(networks), containers_(containers), tasks_(engine.context().loop, "connections") {}

std::shared_ptr<core::ManagedContainer> Connections::container(const std::string& name_or_id) const {
  return engine_.containers().get(containers_.get(name_or_id)->id);
}

void Connections::connect(const std::string& name, api::NetworkJoin join, api::Answer<std::monostate> answer) {
  const auto of = container(join.container);
  const model::Network network = networks_.inspect(name).network;
  check_joinable(network, join.attachment);
  join.attachment.network = network.spec.name;
  if (!core::is_predefined_network(network.spec.name)) join.attachment.network_id = network.id;
  join.attachment.by_command = true;
  tasks_.start(
      of->connect({.attachment = std::move(join.attachment), .network_id = network.id, .driver = network.spec.driver}),
      answered_with(std::move(answer)));
}

void Connections::disconnect(const std::string& name, api::NetworkLeave leave, api::Answer<std::monostate> answer) {
  const auto of = container(leave.container);
  const model::Network network = networks_.inspect(name).network;
  check_leavable(network, of->row().spec);
  tasks_.start(of->disconnect({.attachment = {.network = network.spec.name},
                               .network_id = network.id,
                               .driver = network.spec.driver,
                               .force = leave.force}),
               answered_with(std::move(answer)));
}

asio::awaitable<void> Connections::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace stack::service
