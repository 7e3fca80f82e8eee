#include "engine/image/layer_changes.h"

#include <memory>
#include <set>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/error.h"
#include "engine/image/layered_tree.h"
#include "engine/image/whiteout.h"

namespace stack::image {
namespace {

constexpr std::size_t kChangesDepthMax = 1000;  // of folders: two descriptors each

bool is_same_folder(const struct stat& a, const struct stat& b) {
  return S_ISDIR(a.st_mode) && S_ISDIR(b.st_mode) && a.st_mode == b.st_mode && a.st_uid == b.st_uid &&
         a.st_gid == b.st_gid && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

std::set<std::string> name_set_of(BorrowedFd folder, const std::string& path) {
  const int copy = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const entries = copy < 0 ? nullptr : ::fdopendir(copy);
  if (entries == nullptr) throw Error::from_errno(errno, "reading the folder " + path);
  const std::unique_ptr<DIR, int (*)(DIR*)> close{entries, ::closedir};
  std::set<std::string> names;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace(name);
  }
  return names;
}

class TreeComparison {
 public:
  explicit TreeComparison(const std::vector<std::string>& lower) : tree_(lower) {}

  std::vector<LayerChange> run(BorrowedFd upper) {
    const LayeredTree::Folder root = tree_.root();
    contents(upper, "", &root);
    return std::move(changes_);
  }

 private:
  // Returns whether something in the folder was added or deleted.
  bool contents(BorrowedFd folder, const std::string& path, const LayeredTree::Folder* below) {
    if (++depth_ > kChangesDepthMax)
      throw Error(ErrorKind::unsupported, "the folders at " + path + " are nested too deeply");
    std::set<std::string> names = name_set_of(folder, path);
    std::set<std::string> hidden;
    if (below != nullptr && is_opaque(folder)) {
      for (const auto& [name, entry] : tree_.list(*below)) {
        if (names.insert(name).second) hidden.insert(name);
      }
    }
    bool members_differ = false;
    for (const std::string& name : names) {
      const std::string whole = path + "/" + name;
      const auto old = below != nullptr ? tree_.find(*below, name) : std::nullopt;
      if (hidden.contains(name)) {
        changes_.push_back({whole, ChangeKind::deleted});
        members_differ = true;
      } else {
        members_differ |= entry(folder, name, whole, below, old);
      }
    }
    --depth_;
    return members_differ;
  }

  // Returns whether it was added or deleted.
  bool entry(BorrowedFd folder, const std::string& name, const std::string& whole, const LayeredTree::Folder* below,
             const std::optional<LayeredTree::Entry>& old) {
    struct stat about {};
    if (::fstatat(folder.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (is_whiteout(about)) {
      if (old) changes_.push_back({whole, ChangeKind::deleted});
      return old.has_value();
    }
    const std::size_t place = changes_.size();
    changes_.push_back({whole, old ? ChangeKind::modified : ChangeKind::added});
    if (!S_ISDIR(about.st_mode)) return !old;
    const bool merges = old && S_ISDIR(old->about.st_mode);
    LayeredTree::Folder inner;
    if (merges) inner = {below->path.empty() ? name : below->path + "/" + name, old->layers};
    const UniqueFd open{::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    const bool members_differ = open && contents(open, whole, merges ? &inner : nullptr);
    if (merges && !members_differ && is_same_folder(about, old->about))
      changes_.erase(changes_.begin() + static_cast<std::ptrdiff_t>(place));
    return !old;
  }

  LayeredTree tree_;
  std::vector<LayerChange> changes_;
  std::size_t depth_ = 0;
};

}  // namespace

std::vector<LayerChange> changes_of(BorrowedFd upper, const std::vector<std::string>& lower) {
  return TreeComparison{lower}.run(upper);
}

}  // namespace stack::image
