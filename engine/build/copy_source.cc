#include "engine/build/copy_source.h"

#include "base/dockerfile/path_pattern.h"
#include "base/error.h"
#include "base/path_text.h"
#include "base/suggest.h"
#include "engine/build/path_in_root.h"

namespace stack::build {
namespace {

using dockerfile::PathPattern;

constexpr std::size_t kNamesShown = 10;

std::string base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string{slash == std::string_view::npos ? path : path.substr(slash + 1)};
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string{slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash)};
}

// "a/../b" and "/b" are "b"; nothing lies above the tree.
std::string inside(std::string_view source) {
  std::string clean = clean_path("/" + std::string{source});
  return clean.substr(1);
}

std::string without_escapes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

// What of `source` --parents keeps: all of it, or what stands behind "/./".
std::string kept_part(std::string_view source, std::string_view match) {
  const std::size_t pivot = source.find("/./");
  if (pivot == std::string_view::npos) return std::string{match};
  const std::string above = inside(source.substr(0, pivot));
  if (above.empty()) return std::string{match};
  return match.size() > above.size() ? std::string{match.substr(above.size() + 1)} : base_name(match);
}

[[noreturn]] void not_there(const FileTree& tree, const std::string& path, std::string_view tree_name) {
  Error error{ErrorKind::not_found, "\"" + path + "\" is not in " + std::string{tree_name}};
  if (const auto link = tree.find(path, false); link && S_ISLNK(link->about.st_mode))
    throw error.remedy("it is a link to \"" + link->link + "\", which is not there");
  if (tree.is_left_out(path)) throw error.remedy(".dockerignore leaves it out: add \"!" + path + "\" to it");
  const std::string folder = folder_of(path);
  const auto parent = tree.find(folder);
  if (!parent) throw error.remedy("the folder \"" + folder + "\" is not there either");
  std::vector<std::string> names;
  for (const auto& entry : tree.list(parent->path)) names.push_back(base_name(entry.path));
  const std::vector<std::string_view> views{names.begin(), names.end()};
  if (const std::string meant = did_you_mean(base_name(path), views); !meant.empty()) throw error.remedy(meant);
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < kNamesShown; ++i) list += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kNamesShown) list += ", and " + std::to_string(names.size() - kNamesShown) + " more";
  throw error.remedy(list.empty() ? "the folder is empty" : "there are: " + list);
}

class Matcher {
 public:
  Matcher(const FileTree& tree, std::string_view source, bool parents, std::string_view tree_name,
          std::vector<CopySource>& found)
      : tree_(tree), source_(source), parents_(parents), tree_name_(tree_name), found_(found) {
    const std::string pattern = inside(source);
    for (std::size_t begin = 0; begin <= pattern.size();) {
      const std::size_t slash = std::min(pattern.find('/', begin), pattern.size());
      parts_.push_back(pattern.substr(begin, slash - begin));
      begin = slash + 1;
    }
  }

  void run() { into("", "", 0); }

 private:
  // `real` is where `shown` leads to, once links are followed.
  void into(const std::string& real, const std::string& shown, std::size_t part) {
    const std::string& text = parts_[part];
    if (!is_pattern(text)) {
      const std::string next = joined(shown, without_escapes(text));
      if (const auto entry = followed(joined(real, without_escapes(text)))) take(*entry, next, part);
      return;
    }
    // Without --parents "**" is one folder, as "*" is.
    const bool any_depth = parents_ && text == "**";
    const auto pattern = PathPattern::compile(text);
    if (!pattern)
      throw Error(ErrorKind::invalid, "\"" + std::string{source_} + "\" is not a pattern: a bracket is not closed");
    // "**" is also no folder at all.
    if (any_depth && part + 1 < parts_.size()) into(real, shown, part + 1);
    for (const auto& entry : tree_.list(real)) {
      const std::string name = base_name(entry.path);
      if (!any_depth && !pattern->matches(name)) continue;
      if (any_depth && part + 1 < parts_.size()) {
        if (S_ISDIR(entry.about.st_mode)) into(entry.path, joined(shown, name), part);
        continue;
      }
      // A folder on the way that a link leads to is one more place to look in; where it leads nowhere, there is nothing to find.
      const bool is_last = part + 1 == parts_.size();
      const auto meant = !S_ISLNK(entry.about.st_mode) ? std::optional{entry}
                         : is_last                     ? followed(entry.path)
                                                       : tree_.find(entry.path);
      if (meant) take(*meant, joined(shown, name), part);
    }
  }

  // Nothing for a name that nothing has. As with BuildKit, a link that leads nowhere is no match to leave out but a mistake.
  std::optional<FileTree::Entry> followed(const std::string& path) {
    auto entry = tree_.find(path);
    if (!entry && tree_.find(path, false)) not_there(tree_, path, tree_name_);
    return entry;
  }

  void take(const FileTree::Entry& entry, const std::string& shown, std::size_t part) {
    if (part + 1 < parts_.size()) {
      if (S_ISDIR(entry.about.st_mode)) into(entry.path, shown, part + 1);
      return;
    }
    found_.push_back({entry.path, base_name(shown), parents_ ? folder_of(kept_part(source_, shown)) : "", entry.about});
  }

  const FileTree& tree_;
  std::string_view source_;
  bool parents_;
  std::string_view tree_name_;
  std::vector<CopySource>& found_;
  std::vector<std::string> parts_;
};

}  // namespace

bool is_pattern(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '*' || text[i] == '?' || text[i] == '[') {
      return true;
    }
  }
  return false;
}

std::vector<CopySource> select_sources(const FileTree& tree, const std::vector<std::string>& sources, bool parents,
                                       std::string_view tree_name) {
  std::vector<CopySource> found;
  for (const std::string& source : sources) {
    if (is_pattern(source)) {
      Matcher{tree, source, parents, tree_name, found}.run();
      continue;
    }
    const std::string path = inside(without_escapes(source));
    const auto entry = tree.find(path);
    if (!entry) not_there(tree, path, tree_name);
    found.push_back({entry->path, base_name(path), parents ? folder_of(kept_part(source, path)) : "", entry->about});
  }
  return found;
}

}  // namespace stack::build
