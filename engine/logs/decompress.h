// A compressed file of a log as a plain one, to read from anywhere in it.
#pragma once

#include <filesystem>

#include "base/unique_fd.h"

namespace stack::logs {

// The content of `packed`, a gzip file, in a file without a name in `folder`, or in memory where the file system has none. A damaged file
// gives what stands before the damage, as a torn one does. Throws stack::Error when it cannot be read, or the copy not be written.
UniqueFd decompressed(BorrowedFd packed, const std::filesystem::path& folder);

}  // namespace stack::logs
