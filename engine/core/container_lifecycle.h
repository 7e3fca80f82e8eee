// The life of a container as a value: which state follows from what happened. Pure; the runner does what goes with it.
//
//   what happened      from                     to           and
//   started            created exited restarting running     pid, started set; health starting when there is a check
//   start_failed       created exited restarting exited      exit code 126/127/128, error; created stays created
//   exited             running paused           exited       code, finished, oom; pid 0; health none
//   restart_planned    exited                   restarting   restart count up
//   given_up           restarting               exited       (a stop while the next start was awaited)
//   died               any                          dead         error; code 255 unless it had ended (the engine could not handle it)
//   lost               running paused restarting exited      code 255: the machine was reset, or nothing tells how it ended
//
// stopped_by_user is set by a stop and cleared by a start that a user asked for.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/model/container_state.h"

namespace stack::core {

inline constexpr int kLostExitCode = 255;

// From a wait status as waitpid(2) gives it: the exit status, or 128 and the signal's number.
int exit_code_of(int wait_status);
// What a failed start leaves as exit code: 127 no such program, 126 not executable, 128 anything else.
int exit_code_of(const Error& failure);

void started(model::ContainerState& state, std::int32_t pid, Wall now, bool has_check);
void start_failed(model::ContainerState& state, const Error& failure, Wall now);
void exited(model::ContainerState& state, int wait_status, bool oom_killed, Wall when);
void restart_planned(model::ContainerState& state);
void given_up(model::ContainerState& state);
void lost(model::ContainerState& state, Wall now);
void died(model::ContainerState& state, std::string reason, Wall now);

}  // namespace stack::core
