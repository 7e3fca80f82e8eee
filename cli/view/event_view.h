// Events as the tools print them. Pure.
#pragma once

#include <string>

#include "base/model/engine_event.h"

namespace stack::cli {

// A line of `stack events`: the time of this place, what happened to which container, its attributes but Compose's own.
std::string project_event_line(const model::Event& event);
// The same as one JSON object: action, attributes, id, service, time, type.
std::string project_event_json(const model::Event& event);

// A line of `stack system events`, as `docker events` prints it.
std::string engine_event_line(const model::Event& event);

}  // namespace stack::cli
