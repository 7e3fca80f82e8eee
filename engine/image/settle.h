// What an unpacked layer needs of the layers below it, once it is known which these are: folders that its archive only implied look
// like the ones below, hard links to files of other layers are made, and an opaque root hides everything.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "engine/image/unpack.h"

namespace stack::image {

// `layer`: the folder that unpack_layer() filled; `below`: the folders of the layers below it, the topmost first. Blocks on the
// disk. Throws stack::Error(invalid) for a hard link to a file that no layer has.
void settle_layer(const Unpacked& unpacked, BorrowedFd layer, const std::vector<std::string>& below);

}  // namespace stack::image
