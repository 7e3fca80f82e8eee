// Which files the sources of COPY, ADD and a bind mount mean: names and patterns held against a tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/build/build_plan.h"
#include "engine/build/file_tree.h"

namespace stack::build {

struct CopySource {
  std::string path;     // in the tree, links followed
  std::string name;     // its own, which it keeps in a folder
  std::string parents;  // with --parents: the folders that it keeps as well
  struct stat about {};
  [[nodiscard]] bool is_folder() const { return S_ISDIR(about.st_mode); }
};

// In the order of `sources`, what a pattern matches in the order of names; a pattern may match nothing. `tree_name` is for messages
// ("the build context"). Throws not_found for a name that is not there, with what is there instead, and for a link that leads nowhere.
std::vector<CopySource> select_sources(const FileTree& tree, const std::vector<std::string>& sources, bool parents,
                                       std::string_view tree_name);
// Whether the text has characters of a pattern.
bool is_pattern(std::string_view text);

}  // namespace stack::build
