#include "engine/core/container_record.h"

#include <sys/wait.h>

namespace stack::core {

using model::Status;

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int exit_code_of(const Error& failure) {
  if (failure.kind() == ErrorKind::no_such_command) return 127;
  if (failure.kind() == ErrorKind::not_executable) return 126;
  return 128;
}

void started(model::ContainerState& state, std::int32_t pid, Wall now, bool has_check) {
  state.status = Status::running;
  state.health = has_check ? model::Health::starting : model::Health::none;
  state.failing_streak = 0;
  state.pid = pid;
  state.last_exit_code = state.exit_code;
  state.last_oom_killed = state.oom_killed;
  state.killed_after.reset();
  state.probes.clear();
  state.exit_code = 0;
  state.oom_killed = false;
  state.error.clear();
  state.started = now;
}

void start_failed(model::ContainerState& state, const Error& failure, Wall now) {
  if (state.status != Status::created) state.status = Status::exited;
  state.pid = 0;
  state.exit_code = exit_code_of(failure);
  state.error = failure.message();
  state.health = model::Health::none;
  state.finished = now;
  state.endpoints.clear();
  state.ports.clear();
}

void exited(model::ContainerState& state, int wait_status, bool oom_killed, Wall when) {
  state.status = Status::exited;
  state.pid = 0;
  state.exit_code = exit_code_of(wait_status);
  state.oom_killed = oom_killed;
  state.health = model::Health::none;
  state.failing_streak = 0;
  state.finished = when;
}

void restart_planned(model::ContainerState& state) {
  state.status = Status::restarting;
  ++state.restart_count;
}

void given_up(model::ContainerState& state, Wall now) {
  if (state.status == Status::created) {
    state.exit_code = kKilledExitCode;
    state.finished = now;
    state.error = "it was stopped while it was starting";
  }
  state.status = Status::exited;
  state.endpoints.clear();
  state.ports.clear();
}

void paused(model::ContainerState& state) { state.status = Status::paused; }

void resumed(model::ContainerState& state) {
  state.status = Status::running;
  state.paused_to_read = false;
}

void died(model::ContainerState& state, std::string reason, Wall now) {
  const bool ran = state.status == Status::running || state.status == Status::paused;
  if (ran || !state.finished) {
    state.exit_code = kLostExitCode;
    state.finished = now;
  }
  state.status = Status::dead;
  state.pid = 0;
  state.health = model::Health::none;
  state.error = std::move(reason);
  state.endpoints.clear();
  state.ports.clear();
}

void lost(model::ContainerState& state, Wall now) {
  state.status = Status::exited;
  state.pid = 0;
  state.exit_code = kLostExitCode;
  state.health = model::Health::none;
  state.finished = now;
}

}  // namespace stack::core
