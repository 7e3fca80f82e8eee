// What the API asks of the engine's events. engine/service implements it; loop thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/model/engine_event.h"
#include "engine/api/byte_stream.h"

namespace stack::api {

// Which events are meant: of each list one has to fit, of labels all.
struct EventFilter {
  std::vector<std::string> types;    // "container"
  std::vector<std::string> actions;  // "start"; "health_status" also for "health_status: healthy"
  std::vector<std::string> containers, images, networks, volumes;  // ids, beginnings of ids, or names
  std::vector<std::string> labels;                                 // "name" or "name=value"
  std::vector<std::string> scopes;                                 // "local" is the only one that fits
};
bool fits(const EventFilter& filter, const model::Event& event);

struct EventRequest {
  EventFilter filter;
  std::optional<Wall> since;  // also what has happened from then on
  std::optional<Wall> until;  // end when it has come; one in the past: only history
};

class EventBackend {
 public:
  virtual ~EventBackend() = default;
  // Writes `line(event)` for every event, the oldest first, and finishes `out` at `until`; without one, when the client leaves.
  virtual void events(EventRequest request, std::function<std::string(const model::Event&)> line,
                      std::shared_ptr<ByteStream> out) = 0;
};

}  // namespace stack::api
