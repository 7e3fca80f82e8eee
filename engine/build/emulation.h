// Which platforms this machine runs programs of: its own, and those for which the kernel has an interpreter (binfmt_misc; the kernel's
// Documentation/admin-guide/binfmt-misc.rst).
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "engine/image/platform.h"

namespace stack::build {

// What programs can run where they are built: the machine's own platform, and others by an interpreter.
struct RunPlatforms {
  image::Platform host;
  std::vector<image::Platform> emulated;
  [[nodiscard]] bool can_run(const image::Platform& platform) const;
};

// Whether an entry of binfmt_misc is on and takes programs of the platform in containers as well: its interpreter is opened when the entry
// is made (flag F), because a container does not have it. Pure.
bool is_interpreter_of(std::string_view entry, const image::Platform& platform);

// Of this machine, as it is now. Blocks a little: it reads the few files of `folder`.
RunPlatforms run_platforms(const std::filesystem::path& folder = "/proc/sys/fs/binfmt_misc");

}  // namespace stack::build
