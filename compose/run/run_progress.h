// What a plan's execution reports as it goes: one event when an operation begins and one when it ends. Pure.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/model/progress_event.h"
#include "compose/plan/plan.h"
#include "compose/run/port.h"
#include "compose/run/roll_back.h"

namespace stack::compose {

using model::ProgressEvent;
// Who listens to a run. `note` gets what the user should know of an operation that succeeded.
struct Listener {
  std::function<void(const ProgressEvent&)> progress{};
  std::function<void(const std::string&)> note{};
};

// Before the first operation: for each resource that has to wait for others, the action that finishes it and what its last step waits
// for.
std::vector<ProgressEvent> pending(const Plan& plan);
// One event per container that the operation is about: a wait has several. Some operations are no event of their own.
std::vector<ProgressEvent> begun(const Operation& operation, const std::string& cause = {});
std::vector<ProgressEvent> succeeded(const Operation& operation, const Outcome& outcome = {});
std::vector<ProgressEvent> failed(const Operation& operation, const std::string& why);
// A wait that failed, but was not required; a removal of what is still in use.
std::vector<ProgressEvent> skipped(const Operation& operation, const std::string& why);
// After a failure: what runs again as before, what was made for nothing and is removed. Nothing for a step that says no more than one of
// the `rest`, which follow it.
std::optional<ProgressEvent> undone(const Plan& plan, const Operation& undo, const std::deque<Operation>& rest);

}  // namespace stack::compose
