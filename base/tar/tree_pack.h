// A file or a folder with all that is in it, written as a tar archive. No symbolic link is ever followed, and no name leads upwards, so
// that what is read lies where the folder was when it was opened, whatever others do in it meanwhile. Only what is a regular file is
// opened for its content.
//
// Kept are owners, rights, times, hard links, devices, and the attributes user.* and security.capability; sockets are left out, as is
// what goes away meanwhile. Blocks on the disk and on `to`.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/unique_fd.h"

namespace stack::tar {

// `name` in `folder`, which may be ".", is called `as` in the archive: "d" gives "d/" and "d/f", "." gives "./" and "./f". Returns the
// bytes of content. Throws stack::Error.
std::uint64_t pack(BorrowedFd folder, const std::string& name, const std::string& as, BorrowedFd to);

// One of several files: where it is, and how the archive calls it.
struct PackedFile {
  std::string path, as;
};
// These, each by itself: of a folder only that it is there. Everything belongs to the super-user; what has gone is left out.
std::uint64_t pack_each(std::span<const PackedFile> files, BorrowedFd to);

}  // namespace stack::tar
