// Health as a state machine: what a probe's result means, and when the next probe is due. Pure; any thread.
//
// A table in prose (Docker's semantics, with a quicker first answer):
//   state      result   when                              next state
//   starting   pass     any time                          healthy; the start period is over
//   starting   fail     within the start period           starting, not counted
//   starting   fail     after it                          starting, counted; unhealthy at `retries` in a row
//   healthy    pass     -                                 healthy, the count is 0
//   healthy    fail     -                                 healthy, counted; unhealthy at `retries` in a row
//   unhealthy  pass     -                                 healthy
//   unhealthy  fail     -                                 unhealthy, counted
// A probe runs `interval` after the one before ended; while starting and within the start period `start_interval`.
// Docker waits that long before the first one too. Here early probes come first, kFirstDelay after the start and then
// in doubling steps until the first regular one is due: they can make a container healthy and otherwise count for
// nothing.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/model/container_spec.h"
#include "base/model/container_state.h"

namespace stack::health {

inline constexpr Nanos kFirstDelay = std::chrono::milliseconds(10);

struct Settings {
  Nanos interval = std::chrono::seconds(30);
  Nanos timeout = std::chrono::seconds(30);
  Nanos start_period{0};
  Nanos start_interval = std::chrono::seconds(5);
  int retries = 3;
};
// The container's own values over the image's over the defaults; zero and less mean "not set", as in the Docker API.
Settings settings_of(const model::Healthcheck& check);

enum class Result { pass, fail };

struct State {
  model::Health health = model::Health::starting;
  int failing_streak = 0;
  bool start_period_over = false;  // by a success
  Mono started{};
  Mono next_probe{};
  Nanos early_delay{0};  // the step before the next early probe; 0: early probes are over
};

// What changed, for events.
enum class Verdict { none, became_healthy, became_unhealthy };
struct Step {
  State state;
  Verdict verdict = Verdict::none;
};

State start(const Settings& settings, Mono now);
// The probe that was due at state.next_probe ended now.
Step advance(const Settings& settings, const State& state, Result result, Mono now);

}  // namespace stack::health
