// How overlayfs marks what an upper layer takes away (Documentation/filesystems/overlayfs, "whiteouts and opaque directories").
#pragma once

#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/unique_fd.h"

namespace stack::image {

inline constexpr const char* kOpaque = "trusted.overlay.opaque";

inline bool is_whiteout(const struct stat& about) { return S_ISCHR(about.st_mode) && about.st_rdev == 0; }

// Whether nothing of the folder's namesakes below is seen.
inline bool is_opaque(BorrowedFd folder) {
  char value = 0;
  return ::fgetxattr(folder.get(), kOpaque, &value, 1) == 1 && value == 'y';
}

}  // namespace stack::image
