// Folders that clients sent as contexts, kept for their next builds, which then send only what has changed.
//
// A folder belongs to one at a time: who takes it keeps it afterwards, or lets it go, which removes it. The least recently used go when
// there are more than kFoldersMax, or more bytes than kBytesMax; all of them with the engine. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <string>

#include "base/clock.h"

namespace stack::build {

struct KeptFolder {
  std::string key;
  std::shared_ptr<const std::filesystem::path> path;  // the last owner removes it
  std::uint64_t bytes = 0;
  Wall used{};
};

class KeptFolders {
 public:
  static constexpr std::size_t kFoldersMax = 16;
  static constexpr std::uint64_t kBytesMax = std::uint64_t{10} << 30;

  // Without a path when there is none.
  KeptFolder take(const std::string& key);
  void keep(KeptFolder folder);
  // The least recently used first.
  [[nodiscard]] const std::list<KeptFolder>& all() const { return folders_; }

 private:
  std::list<KeptFolder> folders_;
};

}  // namespace stack::build
