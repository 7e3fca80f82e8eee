// The lowest layer of every container: what Docker's layout needs of each root file system, images without it included.
//
//   /dev /proc /sys /etc   /etc/hosts /etc/hostname /etc/resolv.conf   /etc/mtab -> /proc/mounts   /.dockerenv
//
// Whatever an image has of these hides it. Without it each start would make the missing mount points in the container's own
// layer, on disk; with it they are there once for all containers of an engine.
#pragma once

#include <filesystem>

namespace stack::sandbox {

// Makes what is missing; complete when it returns, also after an earlier call was cut off. Throws stack::Error.
void make_skeleton(const std::filesystem::path& folder);

}  // namespace stack::sandbox
