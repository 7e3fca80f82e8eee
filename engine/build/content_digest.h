// What a step reads of a tree, as one digest: names, kinds, modes and contents; of images also owners. Times never count.
//
// Blocks on the disk: for the pool.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/build/copy_source.h"
#include "engine/build/digest_memo.h"

namespace stack::build {

// Files by path, with the digest of what counts of each; for the reason of a miss. Beyond the bound only the sum is kept.
inline constexpr std::size_t kFilesListedMax = 5000;
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

// The mode that a file of the tree has for those who copy it: a context's own folder is 0755, whatever it is on the disk.
mode_t copied_mode(const FileTree& tree, const FileTree::Entry& entry);

}  // namespace stack::build
