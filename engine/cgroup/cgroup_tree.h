// Changes to control groups on the machine: make a parent ready, freeze, kill, change limits, remove.
//
// `path` is below each hierarchy's root ("stack-x7/1f2e..."). Everything is idempotent. Failures are thrown as
// stack::Error unless said otherwise. Any thread; each call is a few small writes.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "engine/cgroup/layout.h"
#include "engine/cgroup/limits.h"

namespace stack::cgroup {

// Makes the folders of `path` and, with version 2, turns every available controller of ours on in each folder above it
// and in itself, so that containers below get their files. Processes in the mount's own root (an engine inside a
// container) are moved to a leaf beside it, as version 2 allows processes only in leaves.
void make_parent(const Layout& layout, std::string_view path);

// Plays limit_writes on a group that exists: how limits of a running container change.
void apply(const Layout& layout, std::string_view path, const std::vector<Write>& writes);

// Stops or continues every process of the group: cgroup.freeze, or version 1's freezer. Throws when the machine lacks
// both. Does not wait until the last process stands still. A group that is gone has nothing to continue, and cannot be stopped.
void set_frozen(const Layout& layout, std::string_view path, bool frozen);

// SIGKILL to every process of the group and of those below. The processes may live a moment longer.
void kill_all(const Layout& layout, std::string_view path) noexcept;

// SIGTERM to every process of the group and of those below, and a wait until all have ended, `patience` at most. False when
// some have not.
bool ask_to_end(const Layout& layout, std::string_view path, std::chrono::milliseconds patience) noexcept;

// Kills what is left, then removes the group and all below it. Gives the folders that would not go with their reason;
// empty is success. Waits at most 2 s in all for dying processes, never when there are none.
std::vector<std::string> remove_tree(const Layout& layout, std::string_view path) noexcept;

// Moving a process between version 1 groups waits for a grace period of the kernel, about 10 ms for each start of a
// container, unless some hierarchy is mounted with the option favordynmods. This makes a private, unattached hierarchy
// with it, alive as long as the descriptor: hold it while the engine runs. Invalid with version 2 alone
// (CLONE_INTO_CGROUP needs no move) and on kernels before 6.0, which is no error: starts are slower then.
UniqueFd favour_joins(const Layout& layout, const std::string& engine_tag) noexcept;

}  // namespace stack::cgroup
