// Whether and when a container that exited starts again. Pure; any thread.
//
// The pause doubles from kFirstPause to kLongestPause with each restart in a row; after a run that lasted kStableRun (or the
// policy's window) it is the first one again. Attempts are counted until a user starts the container, or a run lasts for the
// policy's window where it has one. The policy's own delay is a lower bound of the pause. `on_failure` restarts exit codes other
// than 0; `always` and `unless_stopped` restart whatever the code was. What a user stopped stays down, until the engine itself
// starts again, when `always` does and `unless_stopped` does not.
#pragma once

#include "base/clock.h"
#include "base/model/container_spec.h"

namespace stack::health {

inline constexpr Nanos kFirstPause = std::chrono::milliseconds(100);
inline constexpr Nanos kLongestPause = std::chrono::minutes(1);
inline constexpr Nanos kStableRun = std::chrono::seconds(10);

// What is remembered from one run to the next.
struct RestartState {
  int in_a_row = 0;  // restarts since the last stable run
  int attempts = 0;  // restarts that count against max_attempts
  Nanos last_pause{0};
  bool operator==(const RestartState&) const = default;
};

struct Exit {
  int code = 0;
  Nanos ran{0};
  bool stopped_by_user = false;
};

struct RestartDecision {
  bool restart = false;
  Nanos pause{0};
  RestartState state;
};

RestartDecision decide(const model::RestartPolicy& policy, const RestartState& state, const Exit& exit);
// After the engine itself, or the machine, has started: whether a container that is not running shall be.
bool start_with_engine(const model::RestartPolicy& policy, bool stopped_by_user, bool was_running, int exit_code);

}  // namespace stack::health
