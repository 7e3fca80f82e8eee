// What the start and the end of a container mean for its networks and volumes, as events in Docker's words. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "base/model/container_state.h"
#include "base/model/engine_event.h"

namespace stack::core {

// In the order in which Docker tells them; without their time. Of a container that shares another one's network only its volumes have any.
std::vector<model::Event> arrivals(const model::Container& container);    // volumes, then networks
std::vector<model::Event> departures(const model::Container& container);  // networks, then volumes

// Whole seconds of its last run, for the event of its end.
std::int64_t seconds_run(const model::ContainerState& state);

}  // namespace stack::core
