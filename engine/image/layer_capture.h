// What an overlay's upper folder holds, as a layer's archive: the reverse of unpack_layer(). Whiteouts and opaque folders become those of
// archives (OCI image-spec "Layer", whiteouts); owners, rights, times, hard links, devices and extended attributes are kept; sockets are
// left out. Equal folders give equal bytes.
//
// The overlay was mounted without redirects, metadata-only copies and an index, so that the folder tells everything. What goes away
// meanwhile is left out. Blocks on the disk: for the pool.
#pragma once

#include <cstdint>

#include "base/unique_fd.h"

namespace stack::image {

struct Captured {
  std::uint64_t bytes = 0;  // of file content
  std::uint64_t entries = 0;
};

// Throws stack::Error(unsupported) for a folder that the kernel renamed with a redirect.
Captured capture_layer(BorrowedFd upper, BorrowedFd to);

// Takes away what the kernel noted for its own use (origin, impure, nlink...) and what only the upper folder needs, so that the folder
// can serve as a lower one.
void forget_overlay_marks(BorrowedFd upper);

}  // namespace stack::image
