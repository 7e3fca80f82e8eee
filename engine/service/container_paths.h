// What paths mean in a container's root, by docker cp's rules: cleaned as text first, symbolic links followed inside the root only, the
// last part only where a slash stands behind it. Blocks on the disk: for the pool.
//
// Failures are in dockerd's words: not_found "Could not find the file PATH in container NAME".
//
// Any thread; owns nothing but what it returns.
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "engine/api/container_files.h"

namespace stack::service {

// A path as text.
struct ContainerPath {
  std::string given;
  std::string absolute;       // clean: "/d/e"
  bool means_folder = false;  // ends in "/" or "/."
  std::string name;           // "e", "." for what ends in it, "/" for the root
};
ContainerPath container_path(const std::string& given);

// `container`: its name, as the request has it.
api::PathStat look_at(BorrowedFd root, const ContainerPath& path, const std::string& container);
// An archive of it, where it has the path's name.
void pack_path(BorrowedFd root, const ContainerPath& path, const std::string& container, BorrowedFd to);
// The folder that an archive is unpacked into. Throws invalid when it is none or read-only.
UniqueFd open_destination(BorrowedFd root, const ContainerPath& path, const std::string& container);
// Removes it, a folder with all that is in it, a link by itself. Nothing is done where nothing is. Throws invalid for the root, and what is
// mounted or read-only.
void remove_path(BorrowedFd root, const ContainerPath& path, const std::string& container);

}  // namespace stack::service
