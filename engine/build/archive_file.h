// Files that are archives: what ADD unpacks, and what a context may come as. Blocks on the disk: for the pool.
#pragma once

#include <filesystem>
#include <string>

#include "base/unique_fd.h"
#include "engine/build/file_tree.h"

namespace stack::build {

// Whether a file is a tar archive, compressed or not. Another compressed file is a file like any other.
bool is_archive(const FileTree& tree, const std::string& path);
// Unpacks it below `folder`, which is made. Throws stack::Error.
UniqueFd unpack_archive(BorrowedFd archive, const std::filesystem::path& folder);

}  // namespace stack::build
