// Whether a layer's folder is still what its archive says: kinds, owners, modes, sizes, links and contents.
//
// Reads both to the end: for the pool.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "engine/image/decompressed_stream.h"

namespace stack::image {

inline constexpr std::size_t kDifferencesMax = 20;  // of one layer; what comes after them is not told

// One line for each path that differs; empty when nothing does. Throws stack::Error for an archive that cannot be read.
std::vector<std::string> layer_differences(DecompressedStream& stream, BorrowedFd folder);

}  // namespace stack::image
