// Time as a parameter: everything that needs "now" takes a Clock, so that tests and the simulation can own it.
//
// Mono is for deadlines and durations, Wall for what people and files see. Both have nanosecond resolution.
#pragma once

#include <chrono>

namespace stack {

using Nanos = std::chrono::nanoseconds;
using Mono = std::chrono::time_point<std::chrono::steady_clock, Nanos>;
using Wall = std::chrono::time_point<std::chrono::system_clock, Nanos>;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Mono mono() const = 0;
  [[nodiscard]] virtual Wall wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Mono mono() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] Wall wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace stack
