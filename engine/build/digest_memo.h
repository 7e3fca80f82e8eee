// Digests of files that a context had the last time, so that what has not changed is not read again. A file is the same while its size,
// times and inode are; one that was changed within the last moments before it was read is not remembered, because a further change could
// leave it looking the same.
//
// Thread-safe. load() and save() block on the disk; a damaged memo is an empty one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "base/clock.h"

namespace stack::build {

class DigestMemo {
 public:
  static constexpr std::size_t kFilesMax = 1'000'000;
  static constexpr std::chrono::seconds kFresh{2};  // the coarsest clock of a file system that is in use

  void load(const std::filesystem::path& file);
  // Writes what has changed since load(); nothing when nothing has.
  void save(const std::filesystem::path& file) const;

  [[nodiscard]] std::optional<std::string> find(const std::string& path, const struct stat& about) const;
  // `read_at`: when the reading began.
  void put(const std::string& path, const struct stat& about, std::string digest, Wall read_at);
  // Files that were read because they were not known.
  [[nodiscard]] std::size_t misses() const;

 private:
  struct File {
    std::uint64_t inode = 0, device = 0;
    std::int64_t size = 0, modified_ns = 0, changed_ns = 0;
    std::string digest;
    bool operator==(const File&) const = default;
  };
  static File file_of(const struct stat& about, std::string digest);

  mutable std::mutex mutex_;
  std::map<std::string, File> files_;
  bool changed_ = false;
  std::size_t misses_ = 0;
};

}  // namespace stack::build
