#include "engine/image/archive/tree_export.h"

#include <array>
#include <map>

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/image/archive/tar_writer.h"
#include "engine/image/file_attributes.h"
#include "engine/image/layered_tree.h"

namespace stack::image {
namespace {

class Exporter {
 public:
  Exporter(const std::vector<std::string>& layers, BorrowedFd to) : tree_(layers), tar_(to) {}

  void run() {
    folder(tree_.root());
    tar_.end();
  }

 private:
  void folder(const LayeredTree::Folder& at) {
    if (!add_folder(at)) return;
    for (const auto& [name, entry] : tree_.list(at)) {
      std::string whole = at.path.empty() ? name : at.path + "/" + name;
      if (S_ISDIR(entry.about.st_mode)) {
        folder({std::move(whole), entry.layers});
      } else if (!S_ISSOCK(entry.about.st_mode)) {
        leaf(at.path, name, whole, entry);
      }
    }
  }

  // The root itself is not in the archive: who unpacks it gives a folder of their own, with its own mode.
  bool add_folder(const LayeredTree::Folder& at) {
    if (at.path.empty()) return true;
    const auto self = tree_.open(at.layers.front(), at.path);
    if (!self) return false;
    TarEntry entry{.path = at.path, .attributes = read_attributes(*self)};
    if (::fstat(self->get(), &entry.about) != 0) throw Error::from_errno(errno, "looking at the folder /" + at.path);
    tar_.add(entry);
    return true;
  }

  void leaf(const std::string& path, const std::string& name, const std::string& whole,
            const LayeredTree::Entry& found) {
    const auto folder = tree_.open(found.layer, path);
    if (!folder) return;
    TarEntry entry{.path = whole, .about = found.about};
    UniqueFd content;
    if (S_ISREG(found.about.st_mode)) {
      content.reset(::openat(folder->get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      // Gone meanwhile, or something else has its name.
      if (!content && errno != ENOENT && errno != ELOOP && errno != ENXIO)
        throw Error::from_errno(errno, "opening the file /" + whole);
      if (!content || ::fstat(content.get(), &entry.about) != 0 || !S_ISREG(entry.about.st_mode)) return;
      entry.attributes = read_attributes(content);
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

  LayeredTree tree_;
  TarWriter tar_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // what has several names, by the first one
};

}  // namespace

void export_layers(const std::vector<std::string>& layers, BorrowedFd to) { Exporter{layers, to}.run(); }

}  // namespace stack::image
