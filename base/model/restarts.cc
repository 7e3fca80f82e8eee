#include "base/model/restarts.h"

namespace stack::model {
namespace {

constexpr Nanos kTrusted = std::chrono::minutes{1};

std::string end_text(bool out_of_memory, int exit_code) {
  return out_of_memory ? "out of memory" : "exit " + std::to_string(exit_code);
}

}  // namespace

std::string restarts_text(const ContainerState& state) {
  if (state.restart_count == 0) return {};
  const std::string count = std::to_string(state.restart_count);
  if (state.status == Status::restarting)
    return "waits for restart " + count + ", last: " + end_text(state.oom_killed, state.exit_code);
  return "restarted " + count + (state.restart_count == 1 ? " time" : " times") +
         ", last: " + end_text(state.last_oom_killed, state.last_exit_code);
}

bool keeps_ending(const ContainerState& state, Wall now) {
  if (state.restart_count == 0) return false;
  return state.status == Status::restarting ||
         (state.status == Status::running && state.started && now - *state.started < kTrusted);
}

}  // namespace stack::model
