#include "engine/image/layered_tree.h"

#include <array>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/image/whiteout.h"

namespace stack::image {
namespace {

constexpr const char* kRedirect = "trusted.overlay.redirect";
constexpr int kLinksMax = 40;  // as the kernel's own bound

std::vector<std::string> names_in(BorrowedFd folder, const std::string& path) {
  const int copy = ::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0);
  DIR* entries = copy < 0 ? nullptr : ::fdopendir(copy);
  if (entries == nullptr) {
    const int failed = errno;
    if (copy >= 0) ::close(copy);
    throw Error::from_errno(failed, "reading the folder /" + path);
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> close{entries, ::closedir};
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

std::string link_target(BorrowedFd folder, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(folder.get(), name.c_str(), target.data(), target.size());
  return length < 0 ? std::string{} : std::string{target.data(), static_cast<std::size_t>(length)};
}

// The parts of `path` in front of `rest`, so that the first one is at the back.
void push_parts(std::string_view path, std::vector<std::string>& rest) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (!part.empty() && part != ".") rest.emplace_back(part);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
  }
}

}  // namespace

// One name, while its layers are looked through from the top.
struct LayeredTree::Merge {
  Entry entry;
  bool found = false, closed = false;  // closed: nothing of further layers belongs to it

  void look(BorrowedFd folder, std::size_t layer, const std::string& name) {
    struct stat about {};
    if (closed || ::fstatat(folder.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (!found) {
      found = true;
      entry = {.layer = layer, .about = about, .layers = {}};
    }
    // Only folders let what is below shine through, and only folders.
    closed = !S_ISDIR(about.st_mode) || !S_ISDIR(entry.about.st_mode);
    if (closed) return;
    entry.layers.push_back(layer);
    const UniqueFd self{::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    closed = self && is_opaque(self);
  }
  [[nodiscard]] bool is_there() const { return found && !is_whiteout(entry.about); }
};

LayeredTree::LayeredTree(const std::vector<std::string>& layers) {
  for (const std::string& layer : layers) {
    UniqueFd root{::open(layer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!root) throw Error::from_errno(errno, "opening " + layer);
    roots_.push_back(std::move(root));
  }
}

// Roots merge whatever they say of themselves: overlayfs does not ask them whether they are opaque.
LayeredTree::Folder LayeredTree::root() const {
  Folder all;
  for (std::size_t i = 0; i < roots_.size(); ++i) all.layers.push_back(i);
  return all;
}

std::optional<UniqueFd> LayeredTree::open(std::size_t layer, const std::string& path) const {
  auto fd = sys::open_in_root_no_links(roots_[layer], path.empty() ? "." : path.c_str(),
                                       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
  if (fd) return std::move(*fd);
  if (fd.err() == ENOENT || fd.err() == ENOTDIR || fd.err() == ELOOP) return std::nullopt;
  throw Error::from_errno(fd.err(), "opening the folder /" + path);
}

std::map<std::string, LayeredTree::Entry> LayeredTree::list(const Folder& folder) const {
  std::map<std::string, Merge> merged;
  for (const std::size_t layer : folder.layers) {
    const auto fd = open(layer, folder.path);
    if (!fd) continue;
    if (::fgetxattr(fd->get(), kRedirect, nullptr, 0) >= 0) {
      throw Error(ErrorKind::unsupported,
                  "the folder /" + folder.path + " was renamed in a form that is only known to the kernel");
    }
    for (const std::string& name : names_in(*fd, folder.path)) merged[name].look(*fd, layer, name);
  }
  std::map<std::string, Entry> all;
  for (auto& [name, merge] : merged) {
    if (merge.is_there()) all.emplace_hint(all.end(), name, std::move(merge.entry));
  }
  return all;
}

std::optional<LayeredTree::Entry> LayeredTree::find(const Folder& folder, const std::string& name) const {
  Merge merge;
  for (const std::size_t layer : folder.layers) {
    if (merge.closed) break;
    if (const auto fd = open(layer, folder.path)) merge.look(*fd, layer, name);
  }
  if (!merge.is_there()) return std::nullopt;
  return std::move(merge.entry);
}

std::optional<LayeredTree::Folder> LayeredTree::resolve(std::string_view path) const {
  std::vector<Folder> way{root()};
  std::vector<std::string> rest;
  push_parts(path, rest);
  for (int links = 0; !rest.empty();) {
    const std::string name = std::move(rest.back());
    rest.pop_back();
    if (name == "..") {
      if (way.size() > 1) way.pop_back();
      continue;
    }
    const auto entry = find(way.back(), name);
    if (!entry) return std::nullopt;
    if (S_ISDIR(entry->about.st_mode)) {
      way.push_back({way.back().path.empty() ? name : way.back().path + "/" + name, entry->layers});
    } else if (S_ISLNK(entry->about.st_mode)) {
      if (++links > kLinksMax)
        throw Error(ErrorKind::invalid, "too many symbolic links on the way to " + std::string{path});
      const auto folder = open(entry->layer, way.back().path);
      const std::string target = folder ? link_target(*folder, name) : std::string{};
      if (target.empty()) return std::nullopt;
      if (target.front() == '/') way.resize(1);
      push_parts(target, rest);
    } else {
      return std::nullopt;
    }
  }
  return std::move(way.back());
}

}  // namespace stack::image
