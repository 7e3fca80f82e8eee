// Files that a user names for what a command gives: there whole, or as they were before. A link stays, and what it leads to is replaced; a
// device or a pipe is written as it is, never replaced.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include <sys/types.h>

#include "base/unique_fd.h"

namespace stack::cli {

// `mode` is that of a file that is made, before the umask. Blocks; a pipe until somebody reads it. Throws stack::Error, and what `write`
// throws.
void write_output(const std::filesystem::path& path, mode_t mode, const std::function<void(BorrowedFd to)>& write);
void write_output(const std::filesystem::path& path, std::string_view text);  // for everybody to read

// What `path` leads to in the end, which need not exist. Throws stack::Error for links in a circle.
std::filesystem::path behind_links(const std::filesystem::path& path);

}  // namespace stack::cli
