// File systems that are mounted for volumes (driver options type, device, o): at the first use, and taken away when the last
// user has gone, as Docker's driver `local` does it. Who uses what is the core's to count (core/volume_mounts_runner.h).
//
// Any thread. All calls block for as long as the file system's server does not answer, so they belong on a pool, one call for a
// volume at a time. A container that is being started has its own copy of the mount and does not mind when this one goes.
#pragma once

#include <string>

#include "base/model/volume_spec.h"

namespace stack::volume {

// Whether the volume's options name a file system that is mounted at its folder. Asks nobody.
bool is_mountable(const model::Volume& volume);
// Mounts the volume unless it is mounted or has no such options. Throws what the kernel or the options say.
void mount_volume(const model::Volume& volume);
// Unmounts whatever is mounted at `path`. Throws what the kernel says.
void unmount(const std::string& path);

// Whether something is mounted at `path` itself. Asks no server.
bool is_mounted(const std::string& path) noexcept;
// Unmounts every volume below `folder`, used or not: before all of an engine is deleted, so that no file of a mounted file system is.
// Returns what could not be unmounted, one per line.
std::string unmount_all(const std::string& folder);

}  // namespace stack::volume
