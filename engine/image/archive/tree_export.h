// A root file system as one tar: the reverse of Store::import. Layers are seen as overlayfs shows them, without mounting them.
//
// Equal layers give equal bytes. The root itself is no entry, as with Docker.
// Kept are owners, rights, times, hard links, devices and extended attributes but those of the kernel's own making; sockets are left
// out. Blocks on the disk and the descriptor: for the pool.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace stack::image {

// `layers`: folders, at least one, the topmost first. What changes in them meanwhile is there as it was before or after. Throws
// unsupported for layers that a kernel wrote with redirects in them.
void export_layers(const std::vector<std::string>& layers, BorrowedFd to);

}  // namespace stack::image
