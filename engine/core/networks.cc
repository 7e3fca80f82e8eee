#include "engine/core/networks.h"

#include <utility>

#include "base/error.h"
#include "base/scope_guard.h"
#include "engine/core/event_bus.h"
#include "engine/core/state_writer.h"
#include "netns/network.h"

namespace stack::core {

const model::Network& Networks::create(const model::NetworkSpec& spec) {
  if (by_name_.contains(spec.name)) {
    throw Error(ErrorKind::conflict, "network with name " + spec.name + " already exists");
  }
  model::Network network = context_.network.plan_network(new_id(context_.random), spec);
  network.created = context_.time.wall();
  ScopeGuard undo([&] { context_.network.discard_network(network.id); });
  network.adopted = context_.network.ensure_network(network);
  // Isolation and masquerading stand before the first container does.
  context_.network.flush();
  context_.state.post({state::PutNetwork{network}});
  undo.dismiss();
  tell(network, "create");
  return by_name_.emplace(spec.name, std::move(network)).first->second;
}

void Networks::remove(const std::string& id_or_name) {
  const model::Network* found = find(id_or_name);
  if (found == nullptr) throw Error(ErrorKind::not_found, "network " + id_or_name + " does not exist");
  const model::Network network = *found;
  context_.network.remove_network(network.id);
  context_.network.flush();
  context_.state.post({state::DeleteNetwork{network.id}});
  by_name_.erase(network.spec.name);
  tell(network, "destroy");
}

const model::Network* Networks::find(const std::string& id_or_name) const {
  if (const auto found = by_name_.find(id_or_name); found != by_name_.end()) return &found->second;
  for (const auto& [name, network] : by_name_) {
    if (network.id == id_or_name) return &network;
  }
  return nullptr;
}

std::vector<std::string> Networks::recover(std::vector<model::Network> rows) {
  std::vector<std::string> errors;
  for (model::Network& network : rows) {
    try {
      const auto adopted = context_.network.ensure_network(network);
      if (std::exchange(network.adopted, adopted) != adopted) context_.state.post({state::PutNetwork{network}});
    } catch (const std::exception& error) {
      errors.push_back("network " + network.spec.name + ": " + error.what());
    }
    by_name_.emplace(network.spec.name, std::move(network));
  }
  return errors;
}

void Networks::tell(const model::Network& network, const char* action) {
  const model::Event event =
      context_.events.publish({.time = context_.time.wall(),
                               .type = "network",
                               .action = action,
                               .id = network.id,
                               .attributes = {{"name", network.spec.name}, {"type", network.spec.driver}}});
  context_.state.post({state::AppendEvent{event}});
}

}  // namespace stack::core
