// Something that happened to an object of the engine; kinds, actions and attributes are those of the Docker events API.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"

namespace stack::model {

struct Event {
  std::uint64_t sequence = 0;  // grows by one per event of an engine; 0 until published
  Wall time{};
  std::string type;    // container, network, volume, image, project
  std::string action;  // create, start, die, stop, kill, destroy, health_status: healthy, ...
  std::string id;
  std::map<std::string, std::string> attributes;
};

}  // namespace stack::model
