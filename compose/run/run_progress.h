// What a plan's execution tells as it goes: one event when an operation begins and one when it ends. The words are those that
// Docker Compose's users know. Pure.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compose/plan/plan.h"
#include "compose/run/roll_back.h"

namespace stack::compose {

enum class ProgressStatus { note, pending, working, done, warning, error };

struct Progress {
  std::string id;    // "Container shop-web-1"
  std::string text;  // "Creating", "Created", ...; of a note, all of it
  ProgressStatus status = ProgressStatus::working;
  std::string details;      // of a warning or error
  std::string waits_for{};  // why a resource does not go on by itself
  std::string cause{};      // of what begins: why that is done
};
using OnProgress = std::function<void(const Progress&)>;

// Before the first operation: for each resource that has to wait for others, the word with which it is finished ("Started") and what its
// last step waits for ("for shop-db-1 to be healthy").
std::vector<Progress> pending(const Plan& plan);
// One event per container that the operation is about: a wait has several.
std::vector<Progress> begun(const Operation& operation, const std::string& cause = {});
std::vector<Progress> succeeded(const Operation& operation);
std::vector<Progress> failed(const Operation& operation, const std::string& why);
// A wait that failed, but was not required; a removal of what is still in use.
std::vector<Progress> skipped(const Operation& operation, const std::string& why);
// After a failure: what runs again as before, what was made for nothing and is removed. Nothing for a step that says no more than one of
// the `rest`, which follow it.
std::optional<Progress> undone(const Plan& plan, const Undo& undo, const std::deque<Undo>& rest);

}  // namespace stack::compose
