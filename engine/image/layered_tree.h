// What overlayfs shows of a stack of layers, read without mounting them: whiteouts hide, opaque folders hide what lies below them,
// folders merge. Any number of layers, and no privilege beyond reading them.
//
// Holds a descriptor for each layer. Blocks on the disk: for the pool. Layers may change meanwhile; what is gone is left out.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include "base/unique_fd.h"

namespace stack::image {

class LayeredTree {
 public:
  // A folder: its path from the root ("" for the root itself) and the layers that it is made of, the topmost first.
  struct Folder {
    std::string path;
    std::vector<std::size_t> layers;
  };
  struct Entry {
    std::size_t layer = 0;            // that shows it
    struct stat about {};             // there
    std::vector<std::size_t> layers;  // of a folder: those that it is made of
  };

  // `layers`: absolute folders, the topmost first. Throws when one cannot be opened.
  explicit LayeredTree(const std::vector<std::string>& layers);

  [[nodiscard]] Folder root() const;
  // What the folder holds, by name. Throws unsupported for folders that a kernel renamed with a redirect.
  [[nodiscard]] std::map<std::string, Entry> list(const Folder& folder) const;
  [[nodiscard]] std::optional<Entry> find(const Folder& folder, const std::string& name) const;
  // The folder that a process with this root finds at `path`: symbolic links are followed, ".." ends at the root. Nothing
  // when there is none; throws invalid for links in a circle.
  [[nodiscard]] std::optional<Folder> resolve(std::string_view path) const;
  // One layer's part of a folder, to read from; nothing when it has none (any more). No link is followed on the way.
  [[nodiscard]] std::optional<UniqueFd> open(std::size_t layer, const std::string& path) const;

 private:
  struct Merge;

  std::vector<UniqueFd> roots_;
};

}  // namespace stack::image
