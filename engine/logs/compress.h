// Compresses a full file of a log (record.h) with gzip: a new file, made durable, takes its name, and then the plain one
// goes, so that at any moment, a power cut's included, one of the two is there whole.
//
// No heap beyond static memory, no exceptions: for a child of the shim, one call at a time in a process.
#pragma once

#include <cstdint>

#include "base/sys/result.h"
#include "base/unique_fd.h"

namespace stack::logs {

// Nothing has changed when it fails, but for an unfinished file that the next try overwrites.
sys::Status compress(BorrowedFd folder, std::uint64_t generation) noexcept;

}  // namespace stack::logs
