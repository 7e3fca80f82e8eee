// One regular file copied into another folder, with everything that belongs to it: content with its holes, owner, mode, times and
// extended attributes. Blocks on the disk.
#pragma once

#include <string>

#include <sys/stat.h>

#include "base/unique_fd.h"

namespace stack::image {

// From `from`/`name` to `to`/`name`, which must not exist. Links are not followed. Throws stack::Error; what was made by then is
// the caller's to remove.
void copy_file(BorrowedFd from, BorrowedFd to, const std::string& name, const struct stat& about);
// The first `size` bytes into a new and empty file: shared where the file system can, holes kept. `name` is for messages.
void copy_content(BorrowedFd from, BorrowedFd to, off_t size, const std::string& name);
// Owner, mode, attributes and times of an open file or folder.
void copy_ownership(BorrowedFd from, BorrowedFd to, const struct stat& about, const std::string& name);

}  // namespace stack::image
