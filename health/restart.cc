#include "health/restart.h"

#include <algorithm>

namespace stack::health {

namespace {

bool wants_restart(const model::RestartPolicy& policy, int exit_code) {
  switch (policy.kind) {
    case model::RestartKind::no:
      return false;
    case model::RestartKind::on_failure:
      return exit_code != 0;
    case model::RestartKind::always:
    case model::RestartKind::unless_stopped:
      return true;
  }
  return false;
}

}  // namespace

RestartDecision decide(const model::RestartPolicy& policy, const RestartState& before, const Exit& exit) {
  RestartDecision out{false, Nanos{0}, before};
  const Nanos stable = policy.window.count() > 0 ? policy.window : kStableRun;
  // A window says how long a run has to last to count as a success; without one only a user's start forgives.
  if (exit.ran >= stable) out.state = {.attempts = policy.window.count() > 0 ? 0 : before.attempts};
  if (exit.stopped_by_user || !wants_restart(policy, exit.code)) return out;
  const bool bounded = policy.max_attempts > 0 && policy.kind == model::RestartKind::on_failure;
  if (bounded && out.state.attempts >= policy.max_attempts) return out;
  Nanos pause = out.state.in_a_row == 0 ? kFirstPause : std::min(out.state.last_pause * 2, kLongestPause);
  out.state.last_pause = pause;
  ++out.state.in_a_row;
  ++out.state.attempts;
  out.restart = true;
  out.pause = std::max(pause, policy.delay);
  return out;
}

bool start_with_engine(const model::RestartPolicy& policy, bool stopped_by_user, bool was_running, int exit_code) {
  switch (policy.kind) {
    case model::RestartKind::always:
      return true;
    case model::RestartKind::unless_stopped:
      return !stopped_by_user;
    case model::RestartKind::on_failure:
      return !stopped_by_user && (was_running || exit_code != 0);
    case model::RestartKind::no:
      return false;
  }
  return false;
}

}  // namespace stack::health
