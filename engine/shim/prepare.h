// The shim's half of a start on the host's side: folders, files, control group; and what is left of the group
// afterwards. No heap.
#pragma once

#include "base/unique_fd.h"
#include "engine/sandbox/flat_plan.h"
#include "engine/sandbox/stage.h"

namespace stack::shim {

struct Failure {
  sandbox::Stage stage = sandbox::Stage::none;  // none: all went well
  int error = 0;
  const char* detail = "";
  explicit operator bool() const noexcept { return stage != sandbox::Stage::none; }
};

// Plays the plan's `prepare` steps in order.
Failure play_prepare(const sandbox::FlatView& plan) noexcept;

// Opens the folder for CLONE_INTO_CGROUP, with the device filter attached; an invalid descriptor without one.
Failure open_group(const sandbox::FlatView& plan, UniqueFd& out) noexcept;
// Writes `pid`, 0 for the calling process, into the groups that clone3 does not take care of.
Failure join_groups(const sandbox::FlatView& plan, int pid) noexcept;
// Whether the kernel has killed something in the group for lack of memory.
bool oom_killed(const sandbox::FlatView& plan) noexcept;
// SIGKILL to all that is left in the group.
void kill_group(const sandbox::FlatView& plan) noexcept;
// Removes the container's groups, waiting for dying processes at most half a second. What stays is the daemon's sweep
// to find.
void remove_groups(const sandbox::FlatView& plan) noexcept;

}  // namespace stack::shim
