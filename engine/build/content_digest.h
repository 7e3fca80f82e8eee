// What a step reads of a tree, as one digest: names, kinds, modes, attributes and contents; of images also owners. Times never count.
//
// Blocks on the disk: for the pool.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/build/copy_source.h"
#include "engine/build/digest_memo.h"

namespace stack::build {

// Files by path, with the digest of what counts of each; for the reason of a miss. Beyond the bound only the sum is kept.
inline constexpr std::size_t kFilesListedMax = 1000;
using ListedFiles = std::map<std::string, std::string>;

struct ContentDigest {
  std::string digest;
  ListedFiles files;
  bool complete = true;  // false: more than kFilesListedMax
};

struct DigestOptions {
  const dockerfile::IgnoreFile* excludes = nullptr;
  DigestMemo* memo = nullptr;  // of the tree
  const Clock* clock = nullptr;
  std::function<void()> check;  // called between files; throws when the build was cancelled
};

ContentDigest digest_content(const FileTree& tree, const std::vector<CopySource>& sources,
                             const DigestOptions& options);

// What parts of stacks of layers hold, for as long as the engine runs: reading it again gives the same. The oldest go. Thread-safe.
class LayerContents {
 public:
  static constexpr std::size_t kMax = 1000;
  [[nodiscard]] std::optional<ContentDigest> find(const std::string& name) const;
  void put(const std::string& name, ContentDigest digest);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, ContentDigest> known_;
  std::deque<std::string> order_;
};
// Of the layers (diff ids) what these words select.
std::string content_name(const std::vector<std::string>& layers, const std::vector<std::string>& sources,
                         const std::vector<std::string>& excludes, bool parents);

// The mode that a file of the tree has for those who copy it: a context's own folder is 0755, whatever it is on the disk.
mode_t copied_mode(const FileTree& tree, const FileTree::Entry& entry);

}  // namespace stack::build
