#include "engine/core/container_presence.h"

#include <algorithm>
#include <chrono>

#include "engine/core/predefined_networks.h"

namespace stack::core {

namespace {

using model::Event;

Event network_event(const model::Container& container, const char* action, const std::string& id,
                    const std::string& name, const std::string& driver) {
  return {.type = "network",
          .action = action,
          .id = id,
          .attributes = {{"container", container.id}, {"name", name}, {"type", driver}}};
}

std::vector<Event> network_events(const model::Container& container, const char* action) {
  std::vector<Event> events;
  if (const std::string& mode = container.spec.network_mode; mode == "host" || mode == "none") {
    const model::Network network = predefined_network(mode);
    events.push_back(network_event(container, action, network.id, mode, network.spec.driver));
  }
  for (const model::Endpoint& endpoint : container.state.endpoints)
    events.push_back(network_event(container, action, endpoint.network_id, endpoint.network, endpoint.driver));
  return events;
}

std::vector<Event> volume_events(const model::Container& container, const char* action, bool with_place) {
  std::vector<Event> events;
  for (const model::Mount& mount : container.spec.mounts) {
    if (mount.kind != model::MountKind::volume) continue;
    Event event{.type = "volume", .action = action, .id = mount.source, .attributes = {}};
    event.attributes = {{"container", container.id}, {"driver", "local"}};
    if (with_place) {
      event.attributes.insert({{"destination", mount.target},
                               {"propagation", mount.propagation},
                               {"read/write", mount.read_only ? "false" : "true"}});
    }
    events.push_back(std::move(event));
  }
  return events;
}

std::vector<Event> joined(std::vector<Event> first, std::vector<Event> second) {
  std::move(second.begin(), second.end(), std::back_inserter(first));
  return first;
}

}  // namespace

std::vector<Event> arrivals(const model::Container& container) {
  return joined(volume_events(container, "mount", true), network_events(container, "connect"));
}

std::vector<Event> departures(const model::Container& container) {
  return joined(network_events(container, "disconnect"), volume_events(container, "unmount", false));
}

std::int64_t seconds_run(const model::ContainerState& state) {
  if (!state.started || !state.finished || *state.finished < *state.started) return 0;
  return std::chrono::floor<std::chrono::seconds>(*state.finished - *state.started).count();
}

}  // namespace stack::core
