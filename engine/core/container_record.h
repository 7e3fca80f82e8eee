// What a container's record says after each thing that happened to it. Pure; container_lifecycle.h decides what happens.
//
//   what happened    status                       and
//   started          running                      pid, started set; health starting when there is a check
//   start_failed     exited; created stays        exit code 126/127/128, error
//   exited           exited                       code, finished, oom; pid 0; health none
//   restart_planned  restarting                   restart count up
//   given_up         exited                       stopped before it ran, or while its next start was awaited
//   paused, resumed  paused, running              -
//   died             dead                         error; code 255 unless it had ended (the engine could not handle it)
//   lost             exited                       code 255: the machine was reset, or nothing tells how it ended
//
// stopped_by_user is Desired::down, and of the lifecycle.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/model/container_state.h"

namespace stack::core {

inline constexpr int kLostExitCode = 255;
inline constexpr int kKilledExitCode = 137;

// From a wait status as waitpid(2) gives it: the exit status, or 128 and the signal's number.
int exit_code_of(int wait_status);
// What a failed start leaves as exit code: 127 no such program, 126 not executable, 128 anything else.
int exit_code_of(const Error& failure);

void started(model::ContainerState& state, std::int32_t pid, Wall now, bool has_check);
void start_failed(model::ContainerState& state, const Error& failure, Wall now);
void exited(model::ContainerState& state, int wait_status, bool oom_killed, Wall when);
void restart_planned(model::ContainerState& state);
void given_up(model::ContainerState& state, Wall now);
void paused(model::ContainerState& state);
void resumed(model::ContainerState& state);
void lost(model::ContainerState& state, Wall now);
void died(model::ContainerState& state, std::string reason, Wall now);

}  // namespace stack::core
