#include "engine/build/content_digest.h"

#include <array>

#include <sys/sysmacros.h>

#include "base/error.h"
#include "engine/image/digest.h"
#include "engine/image/file_attributes.h"

namespace stack::build {
namespace {

class Digester {
 public:
  Digester(const FileTree& tree, const DigestOptions& options) : tree_(tree), options_(options) {}

  void source(const CopySource& source) {
    field("source", source.name);
    if (!source.parents.empty()) field("parents", source.parents);
    top_ = source.path;
    FileTree::Entry first{source.path, source.about, {}};
    // Its content is copied into the destination, which does not get its mode.
    if (source.is_folder() && tree_.owners() == FileTree::Owners::ignored) first.about.st_mode = S_IFDIR | 0755;
    entry(first, "");
    if (!source.is_folder()) return;
    tree_.walk(source.path, [&](const FileTree::Entry& found) {
      const std::string below = found.path.substr(top_.empty() ? 0 : top_.size() + 1);
      // What is left out may hold an exception.
      if (options_.excludes != nullptr && options_.excludes->ignores(below)) return options_.excludes->has_exceptions();
      entry(found, below);
      return true;
    });
  }

  ContentDigest finish() {
    result_.digest = hash_.digest();
    return std::move(result_);
  }

 private:
  void field(std::string_view name, std::string_view value) {
    hash_.add(std::string{name} + " " + std::to_string(value.size()) + " ");
    hash_.add(value);
  }

  void entry(const FileTree::Entry& found, const std::string& below) {
    if (options_.check) options_.check();
    const std::string what = describe(found);
    field(below, what);
    if (S_ISDIR(found.about.st_mode)) return;
    if (result_.files.size() < kFilesListedMax) {
      result_.files[found.path] = what;
    } else {
      result_.complete = false;
    }
  }

  std::string describe(const FileTree::Entry& found) {
    const mode_t mode = copied_mode(tree_, found);
    std::string what = std::to_string(mode);
    if (S_ISLNK(mode)) return what = std::to_string(S_IFLNK) + " " + found.link;
    if (tree_.owners() == FileTree::Owners::kept)
      what += " " + std::to_string(found.about.st_uid) + ":" + std::to_string(found.about.st_gid);
    if (S_ISREG(mode)) return what + " " + content(found);
    if (S_ISCHR(mode) || S_ISBLK(mode)) what += " " + std::to_string(found.about.st_rdev);
    return what;
  }

  std::string content(const FileTree::Entry& found) {
    if (options_.memo != nullptr) {
      if (auto known = options_.memo->find(found.path, found.about)) return *known;
    }
    const Wall read_at = options_.clock != nullptr ? options_.clock->wall() : Wall{};
    const UniqueFd file = tree_.open(found.path);
    std::string digest = image::digest_of(file).substr(7);
    // Those of an image are copied with it. Most files have none.
    std::string attributes;
    if (tree_.owners() == FileTree::Owners::kept) {
      for (const auto& [name, value] : image::read_attributes(file))
        attributes += std::to_string(name.size()) + " " + name + std::to_string(value.size()) + " " + value;
    }
    if (!attributes.empty()) digest = image::sha256_digest(digest + " " + attributes).substr(7);
    if (options_.memo != nullptr) options_.memo->put(found.path, found.about, digest, read_at);
    return digest;
  }

  const FileTree& tree_;
  const DigestOptions& options_;
  std::string top_;
  image::Sha256 hash_;
  ContentDigest result_;
};

}  // namespace

mode_t copied_mode(const FileTree& tree, const FileTree::Entry& entry) {
  if (entry.path.empty() && tree.owners() == FileTree::Owners::ignored) return S_IFDIR | 0755;
  return entry.about.st_mode;
}

ContentDigest digest_content(const FileTree& tree, const std::vector<CopySource>& sources,
                             const DigestOptions& options) {
  Digester digester{tree, options};
  for (const CopySource& source : sources) digester.source(source);
  return digester.finish();
}

std::optional<ContentDigest> LayerContents::find(const std::string& name) const {
  const std::lock_guard lock{mutex_};
  const auto found = known_.find(name);
  return found == known_.end() ? std::nullopt : std::optional{found->second};
}

void LayerContents::put(const std::string& name, ContentDigest digest) {
  const std::lock_guard lock{mutex_};
  if (!known_.emplace(name, std::move(digest)).second) return;
  order_.push_back(name);
  if (order_.size() <= kMax) return;
  known_.erase(order_.front());
  order_.pop_front();
}

std::string content_name(const std::vector<std::string>& layers, const std::vector<std::string>& sources,
                         const std::vector<std::string>& excludes, bool parents) {
  image::Sha256 hash;
  for (const auto* words : {&layers, &sources, &excludes}) {
    hash.add("list " + std::to_string(words->size()) + " ");
    for (const std::string& word : *words) hash.add(std::to_string(word.size()) + " " + word);
  }
  hash.add(parents ? "parents" : "");
  return hash.digest();
}

}  // namespace stack::build
