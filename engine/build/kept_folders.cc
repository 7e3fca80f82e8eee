#include "engine/build/kept_folders.h"

#include <algorithm>
#include <utility>

namespace stack::build {

KeptFolder KeptFolders::take(const std::string& key) {
  const auto found = std::ranges::find(folders_, key, &KeptFolder::key);
  if (found == folders_.end()) return {.key = key};
  KeptFolder folder = std::move(*found);
  folders_.erase(found);
  return folder;
}

void KeptFolders::keep(KeptFolder folder) {
  std::erase_if(folders_, [&](const KeptFolder& each) { return each.key == folder.key; });
  folders_.push_back(std::move(folder));
  const auto bytes = [this] {
    std::uint64_t sum = 0;
    for (const KeptFolder& each : folders_) sum += each.bytes;
    return sum;
  };
  while (folders_.size() > kFoldersMax || (!folders_.empty() && bytes() > kBytesMax)) folders_.pop_front();
}

}  // namespace stack::build
