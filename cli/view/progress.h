// What an operation has reported so far: one entry for each resource, in the order of their first event. A value; fold() is pure. What a
// terminal draws, and what a full-screen interface or a web page could.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/model/progress_event.h"

namespace stack::cli {

struct Part {
  std::uint64_t current = 0, total = 0;  // bytes; total is 0 where it is not known
  bool over = false;
};

struct Resource {
  // `pending`: nothing of what is awaited has begun; `working`, or between two steps; the others as its last step ended.
  enum class State { pending, working, done, warned, failed };
  model::Subject subject;
  State state = State::pending;
  model::Action action = model::Action::start;  // what it does now, or did last
  std::string headline;                         // "Creating", "Created", ...; empty: nothing has happened yet
  std::string details;                          // of its last event
  std::string cause;                            // why it is changed
  std::vector<model::WaitsFor> waits_for;       // what it waits for now
  std::optional<model::Action> last_action;     // with this the resource is finished; nothing: with whatever ends
  std::vector<model::WaitsFor> last_waits_for;  // what the step that leads there waits for
  Mono since{}, until{};                        // of all that is done with it; until that begins, of its waiting
  bool begun = false, over = false;
  std::map<std::string, Part> parts;  // layers, in the order of their names
};

struct Progress {
  std::string project;  // which the names of its resources begin with; may be empty
  std::vector<Resource> resources;
  [[nodiscard]] std::size_t finished() const;
};

[[nodiscard]] Progress fold(Progress progress, const model::ProgressEvent& event, Mono now);

}  // namespace stack::cli
