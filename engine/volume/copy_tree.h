// Copies a folder of an image, as its layers show it, into a folder of the disk.
//
// Kept are owners, modes, times, links of both kinds, holes, devices, pipes and extended attributes; sockets are left out. Blocks on
// the disk: for the pool. The destination may be seen by containers meanwhile: nothing there is followed.
#pragma once

#include "base/unique_fd.h"
#include "engine/image/layered_tree.h"

namespace stack::volume {

// `to` is an empty folder; it gets the owner, mode, times and attributes of `from` as well. What was copied before a failure is
// the caller's to remove.
void copy_tree(const image::LayeredTree& tree, const image::LayeredTree::Folder& from, BorrowedFd to);

}  // namespace stack::volume
