// What a container has changed of its image's files, as docker diff tells it: the upper folder of an overlay compared with the layers
// below it.
//
// Blocks on the disk: for the pool. The folder may change meanwhile; what is gone is left out.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace stack::image {

// The numbers of Docker's API.
enum class ChangeKind { modified = 0, added = 1, deleted = 2 };

struct LayerChange {
  std::string path;  // absolute
  ChangeKind kind = ChangeKind::modified;
  bool operator==(const LayerChange&) const = default;
};

// Ordered by folder and name, a folder before what is in it. A folder counts as modified when its owner, rights or time differ, or
// something in it was added or deleted. `lower`: absolute folders, the topmost first.
std::vector<LayerChange> changes_of(BorrowedFd upper, const std::vector<std::string>& lower);

}  // namespace stack::image
