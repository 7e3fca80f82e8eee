// How much the files of a folder hold.
#pragma once

#include <cstdint>
#include <filesystem>

namespace stack {

// Bytes of all that lies below it, each file once however many names it has; links are not followed. What cannot be read, or goes
// away meanwhile, counts as nothing, and so does a folder that is not there. Blocks on the disk.
std::uint64_t folder_size(const std::filesystem::path& folder);

}  // namespace stack
