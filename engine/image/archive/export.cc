#include "engine/image/archive/export.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/image/archive/tar_writer.h"
#include "engine/sys/syscalls.h"

namespace stack::image {
namespace {

constexpr const char* kOpaque = "trusted.overlay.opaque";
constexpr const char* kRedirect = "trusted.overlay.redirect";

bool is_whiteout(const struct stat& about) { return S_ISCHR(about.st_mode) && about.st_rdev == 0; }

// Of overlayfs and of the host's security module, which say nothing about the files.
bool is_foreign(std::string_view attribute) {
  return attribute.starts_with("trusted.") || attribute == "security.selinux" || attribute == "security.ima" ||
         attribute == "security.evm";
}

std::vector<std::pair<std::string, std::string>> attributes_of(BorrowedFd fd) {
  std::vector<std::pair<std::string, std::string>> all;
  if (::flistxattr(fd.get(), nullptr, 0) <= 0) return all;
  std::string names(XATTR_LIST_MAX, '\0');
  const ssize_t length = ::flistxattr(fd.get(), names.data(), names.size());
  if (length <= 0) return all;
  names.resize(static_cast<std::size_t>(length));
  std::string value(XATTR_SIZE_MAX, '\0');
  for (std::size_t at = 0; at < names.size(); at = names.find('\0', at) + 1) {
    const char* name = names.data() + at;
    if (is_foreign(name)) continue;
    const ssize_t size = ::fgetxattr(fd.get(), name, value.data(), value.size());
    if (size >= 0) all.emplace_back(name, value.substr(0, static_cast<std::size_t>(size)));
  }
  // File systems list them in an order of their own.
  std::sort(all.begin(), all.end());
  return all;
}

class Exporter {
 public:
  Exporter(const std::vector<std::string>& layers, BorrowedFd to) : tar_(to) {
    for (const std::string& layer : layers) {
      UniqueFd root{::open(layer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
      if (!root) throw Error::from_errno(errno, "opening " + layer);
      roots_.push_back(std::move(root));
    }
  }

  void run() {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < roots_.size(); ++i) {
      all.push_back(i);
      const auto root = open_folder(i, "");
      if (root && is_opaque(*root)) break;
    }
    folder("", all);
    tar_.end();
  }

 private:
  struct Found {
    std::size_t layer = 0;
    struct stat about {};
    std::vector<std::size_t> layers;  // of a folder: those that it is made of
    bool closed = false;              // nothing of further layers belongs to it
  };

  [[nodiscard]] std::optional<UniqueFd> open_folder(std::size_t layer, const std::string& path) const {
    auto fd = sys::open_in_root_no_links(roots_[layer], path.empty() ? "." : path.c_str(),
                                         O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd) return std::move(*fd);
    if (fd.err() == ENOENT || fd.err() == ENOTDIR || fd.err() == ELOOP) return std::nullopt;  // gone meanwhile
    throw Error::from_errno(fd.err(), "opening the folder /" + path);
  }

  static bool is_opaque(BorrowedFd folder) {
    char value = 0;
    return ::fgetxattr(folder.get(), kOpaque, &value, 1) == 1 && value == 'y';
  }

  // What a folder holds, seen through its layers, by name.
  [[nodiscard]] std::map<std::string, Found> list(const std::string& path,
                                                  const std::vector<std::size_t>& layers) const {
    std::map<std::string, Found> all;
    for (const std::size_t layer : layers) {
      auto fd = open_folder(layer, path);
      if (!fd) continue;
      if (::fgetxattr(fd->get(), kRedirect, nullptr, 0) >= 0) {
        throw Error(ErrorKind::unsupported,
                    "the folder /" + path + " was renamed in a form that is only known to the kernel");
      }
      const BorrowedFd folder = *fd;
      const int copy = ::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0);
      DIR* entries = copy < 0 ? nullptr : ::fdopendir(copy);
      if (entries == nullptr) {
        const int failed = errno;
        if (copy >= 0) ::close(copy);
        throw Error::from_errno(failed, "reading the folder /" + path);
      }
      const std::unique_ptr<DIR, int (*)(DIR*)> close{entries, ::closedir};
      while (const dirent* entry = ::readdir(entries)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") look(folder, layer, name, all);
      }
    }
    std::erase_if(all, [](const auto& each) { return is_whiteout(each.second.about); });
    return all;
  }

  void look(BorrowedFd folder, std::size_t layer, const std::string& name, std::map<std::string, Found>& all) const {
    Found now{.layer = layer};
    if (::fstatat(folder.get(), name.c_str(), &now.about, AT_SYMLINK_NOFOLLOW) != 0) return;
    const bool is_folder = S_ISDIR(now.about.st_mode);
    Found& seen = all.try_emplace(name, now).first->second;
    // Only folders let what is below shine through, and only folders.
    if (seen.closed) return;
    seen.closed = !is_folder || !S_ISDIR(seen.about.st_mode);
    if (seen.closed) return;
    seen.layers.push_back(layer);
    const UniqueFd self{::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    seen.closed = self && is_opaque(self);
  }

  void folder(const std::string& path, const std::vector<std::size_t>& layers) {
    if (!add_folder(path, layers.front())) return;
    const std::map<std::string, Found> all = list(path, layers);
    for (const auto& [name, found] : all) {
      const std::string whole = path.empty() ? name : path + "/" + name;
      if (S_ISDIR(found.about.st_mode)) {
        folder(whole, found.layers);
      } else if (!S_ISSOCK(found.about.st_mode)) {
        leaf(path, name, whole, found);
      }
    }
  }

  bool add_folder(const std::string& path, std::size_t layer) {
    const auto self = open_folder(layer, path);
    if (!self) return false;
    TarEntry entry{.path = path.empty() ? "." : path, .attributes = attributes_of(*self)};
    if (::fstat(self->get(), &entry.about) != 0) throw Error::from_errno(errno, "looking at the folder /" + path);
    tar_.add(entry);
    return true;
  }

  void leaf(const std::string& path, const std::string& name, const std::string& whole, const Found& found) {
    const auto folder = open_folder(found.layer, path);
    if (!folder) return;
    TarEntry entry{.path = whole, .about = found.about};
    UniqueFd content;
    if (S_ISREG(found.about.st_mode)) {
      content.reset(::openat(folder->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      // Gone meanwhile, or something else has its name.
      if (!content || ::fstat(content.get(), &entry.about) != 0 || !S_ISREG(entry.about.st_mode)) return;
      entry.attributes = attributes_of(content);
    } else if (S_ISLNK(found.about.st_mode)) {
      std::array<char, PATH_MAX> target{};
      const ssize_t length = ::readlinkat(folder->get(), name.c_str(), target.data(), target.size());
      if (length < 0) return;
      entry.link.assign(target.data(), static_cast<std::size_t>(length));
    }
    if (entry.about.st_nlink > 1) {
      const auto [first, added] = links_.try_emplace({entry.about.st_dev, entry.about.st_ino}, whole);
      if (!added) entry.same_as = first->second;
    }
    tar_.add(entry, content);
  }

  TarWriter tar_;
  std::vector<UniqueFd> roots_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // what has several names, by the first one
};

}  // namespace

void export_layers(const std::vector<std::string>& layers, BorrowedFd to) { Exporter{layers, to}.run(); }

}  // namespace stack::image
