// One entry of a tar archive (POSIX.1-2017 pax, with GNU's long names): what it says of its file. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace stack::tar {

// Content that the kernel moves between a file and a pipe by itself. Less is copied: a page of the pipe for each part of a page is no gain.
inline constexpr std::uint64_t kMovedMin = 64 << 10;

enum class Kind : char {
  file = '0',
  hard_link = '1',
  symbolic_link = '2',
  character_device = '3',
  block_device = '4',
  folder = '5',
  fifo = '6'
};

struct Entry {
  std::string path;  // as the archive writes it; a folder's may end in "/"
  Kind kind = Kind::file;
  std::uint32_t mode = 0644;  // permission bits with set-user-ID, set-group-ID and sticky
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;  // bytes of content that follow
  std::int64_t modified_s = 0, modified_ns = 0;
  std::string link;  // of links: what they point to
  std::uint32_t device_major = 0, device_minor = 0;
  std::map<std::string, std::string> attributes;  // extended attributes by name
  bool operator==(const Entry&) const = default;
};

inline constexpr std::size_t kBlockBytes = 512;

}  // namespace stack::tar
