// What a plan's execution tells as it goes: one event when an operation begins and one when it ends. The words are those that
// Docker Compose's users know. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compose/plan/plan.h"

namespace stack::compose {

enum class ProgressStatus { working, done, warning, error };

struct Progress {
  std::string id;    // "Container shop-web-1"
  std::string text;  // "Creating", "Created", ...
  ProgressStatus status = ProgressStatus::working;
  std::string details;  // of a warning or error
};
using OnProgress = std::function<void(const Progress&)>;

// One event per container that the operation is about: a wait has several.
std::vector<Progress> begun(const Operation& operation);
std::vector<Progress> succeeded(const Operation& operation);
std::vector<Progress> failed(const Operation& operation, const std::string& why);
// A wait that failed, but was not required; a removal of what is still in use.
std::vector<Progress> skipped(const Operation& operation, const std::string& why);

}  // namespace stack::compose
