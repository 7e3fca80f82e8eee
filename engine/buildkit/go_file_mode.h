// The bits of Go's os.FileMode, in which BuildKit's protocol describes files.
#pragma once

#include <cstdint>

#include <sys/stat.h>

namespace stack::buildkit {

inline constexpr std::uint32_t kGoDir = 1U << 31, kGoSymlink = 1U << 27, kGoDevice = 1U << 26, kGoPipe = 1U << 25,
                               kGoSocket = 1U << 24, kGoSetuid = 1U << 23, kGoSetgid = 1U << 22,
                               kGoCharDevice = 1U << 21, kGoSticky = 1U << 20, kGoIrregular = 1U << 19;

// Of a mode as stat(2) has it.
constexpr std::uint32_t go_file_mode(mode_t mode) {
  std::uint32_t result = mode & 0777;
  if (S_ISDIR(mode)) result |= kGoDir;
  if (S_ISLNK(mode)) result |= kGoSymlink;
  if (S_ISBLK(mode)) result |= kGoDevice;
  if (S_ISCHR(mode)) result |= kGoDevice | kGoCharDevice;
  if (S_ISFIFO(mode)) result |= kGoPipe;
  if (S_ISSOCK(mode)) result |= kGoSocket;
  if ((mode & S_ISUID) != 0) result |= kGoSetuid;
  if ((mode & S_ISGID) != 0) result |= kGoSetgid;
  if ((mode & S_ISVTX) != 0) result |= kGoSticky;
  return result;
}

}  // namespace stack::buildkit
