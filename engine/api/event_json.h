// Events in the words of Docker's Engine API. Reading throws stack::Error(invalid) for text of another shape. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/event_query.h"

namespace stack::api {

// One line: Type, Action, Actor, scope, time, timeNano, and what older clients read: status, id, from.
std::string event_line(const model::Event& event);
model::Event parse_event_line(std::string_view line);

// The parameter `filters`: type, event, container, image, network, volume, label, scope. Throws invalid for others.
EventFilter parse_event_filter(std::string_view text);

}  // namespace stack::api
