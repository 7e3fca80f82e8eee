// What the executor needs of an engine: operations that end by a callback. The engine's core satisfies it; tests give a small
// world that records.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "compose/plan/plan.h"

namespace stack::compose {

// How one operation ended.
struct Outcome {
  std::optional<Error> failure;
  std::string note{};      // of a success: what the user should know
  std::string details{};   // of a success: shown with its end
  bool unchanged = false;  // of a success: it was so already
  [[nodiscard]] bool ok() const { return !failure.has_value(); }
};
using OnOutcome = std::function<void(Outcome)>;

class EnginePort {
 public:
  virtual ~EnginePort() = default;
  // Begins the operation and returns; `done` is called exactly once, later, from the loop.
  virtual void perform(const Operation& operation, OnOutcome done) = 0;
  // Makes waits that are under way end with a failure.
  virtual void cancel_waits() = 0;
};

}  // namespace stack::compose
