#include "compose/watch/path_filter.h"

#include <algorithm>

#include "base/error.h"

namespace stack::compose {
namespace {

// The path as seen from the folder; empty for the folder itself and for what is not below it.
std::string_view below(std::string_view path, std::string_view folder) {
  if (folder == "/") return path.substr(1);
  if (!path.starts_with(folder) || path.size() <= folder.size() || path[folder.size()] != '/') return {};
  return path.substr(folder.size() + 1);
}

dockerfile::IgnoreFile parse(std::string_view text) {
  dockerfile::Problems problems;
  dockerfile::IgnoreFile patterns = dockerfile::IgnoreFile::parse(text, problems);
  if (!problems.empty()) throw Error(ErrorKind::invalid, problems.front().message).remedy(problems.front().remedy);
  return patterns;
}

std::string lines_of(const std::vector<std::string>& patterns) {
  std::string text;
  for (const std::string& pattern : patterns) text += pattern + "\n";
  return text;
}

}  // namespace

PathFilter::PathFilter(std::string folder, const std::vector<std::string>& patterns)
    : folder_(std::move(folder)), patterns_(parse(lines_of(patterns))) {}

// A file that leaves out everything says what a build may have, not what is worth watching: of such a file the other patterns for
// leaving out do not count, as with Compose.
PathFilter PathFilter::of_file(std::string folder, std::string_view text) {
  dockerfile::IgnoreFile all = parse(text);
  std::vector<std::string> patterns = all.patterns();
  if (std::ranges::find(patterns, "*") == patterns.end()) return {std::move(folder), std::move(all)};
  std::erase_if(patterns, [](const std::string& each) { return !each.starts_with('!'); });
  return {std::move(folder), patterns};
}

bool PathFilter::takes(const std::string& path) const {
  const std::string_view inside = below(path, folder_);
  return !inside.empty() && patterns_.ignores(inside);
}

bool PathFilter::takes_all_below(const std::string& path) const { return !patterns_.has_exceptions() && takes(path); }

}  // namespace stack::compose
