// The list in an archive of `docker save`: manifest.json. Plain values and their JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stack::image {

struct ArchivedImage {
  std::string config;               // path in the archive
  std::vector<std::string> names;   // "busybox:latest"
  std::vector<std::string> layers;  // paths, bottom first
  bool operator==(const ArchivedImage&) const = default;
};

// Throws stack::Error(invalid).
std::vector<ArchivedImage> parse_archive_list(std::string_view text);
std::string write_archive_list(const std::vector<ArchivedImage>& images);
// The file `repositories`, which older readers know: {"busybox":{"latest":"<hex of the uppermost layer>"}}. Empty when nothing has a name.
std::string write_archive_names(const std::vector<ArchivedImage>& images);

}  // namespace stack::image
