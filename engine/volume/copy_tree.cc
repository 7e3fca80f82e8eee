#include "engine/volume/copy_tree.h"

#include <array>
#include <map>

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/image/copy_file.h"

namespace stack::volume {
namespace {

using image::LayeredTree;

constexpr int kDepthMax = 256;

Error failed(const std::string& step, const std::string& name) { return Error::from_errno(errno, step + " " + name); }

// Of what cannot be opened: a link, a device, a pipe.
void give_ownership(BorrowedFd folder, const std::string& name, const struct stat& about) {
  if (::fchownat(folder.get(), name.c_str(), about.st_uid, about.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
    throw failed("setting the owner of", name);
  if (!S_ISLNK(about.st_mode)) {
    // By its descriptor: a container that sees the folder could put a link in its place.
    const UniqueFd self{::openat(folder.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct stat now {};
    if (!self || ::fstat(self.get(), &now) != 0) throw failed("opening", name);
    if (((now.st_mode ^ about.st_mode) & S_IFMT) != 0)
      throw Error(ErrorKind::conflict, name + " was replaced while the volume was filled");
    const std::string path = "/proc/self/fd/" + std::to_string(self.get());
    if (::chmod(path.c_str(), about.st_mode & 07777) != 0) throw failed("setting the mode of", name);
  }
  const std::array<timespec, 2> times{about.st_atim, about.st_mtim};
  ::utimensat(folder.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
}

class Copy {
 public:
  Copy(const LayeredTree& tree, BorrowedFd to) : tree_(tree), to_(to) {}

  void folder(const LayeredTree::Folder& from, const std::string& path, BorrowedFd to, int depth) {
    if (depth > kDepthMax) throw Error(ErrorKind::invalid, "the image's folder is nested deeper than 256 levels");
    for (const auto& [name, entry] : tree_.list(from)) {
      const std::string inside = path.empty() ? name : path + "/" + name;
      if (S_ISDIR(entry.about.st_mode)) {
        if (::mkdirat(to.get(), name.c_str(), 0700) != 0) throw failed("making", inside);
        const UniqueFd made{::openat(to.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!made) throw failed("opening", inside);
        folder({from.path.empty() ? name : from.path + "/" + name, entry.layers}, inside, made, depth + 1);
      } else if (const auto source = tree_.open(entry.layer, from.path); source && !S_ISSOCK(entry.about.st_mode)) {
        leaf(*source, name, inside, entry.about, to);
      }
    }
    // Last: making files in it changes its times.
    const auto source = tree_.open(from.layers.front(), from.path);
    struct stat about {};
    if (!source || ::fstat(source->get(), &about) != 0) throw failed("examining", "/" + from.path);
    image::copy_ownership(*source, to, about, path.empty() ? "the volume" : path);
  }

 private:
  void leaf(BorrowedFd from, const std::string& name, const std::string& inside, const struct stat& about,
            BorrowedFd to) {
    if (about.st_nlink > 1) {
      const auto [first, added] = links_.try_emplace({about.st_dev, about.st_ino}, inside);
      if (!added) return link(first->second, name, to);
    }
    if (S_ISREG(about.st_mode)) return image::copy_file(from, to, name, about);
    if (S_ISLNK(about.st_mode)) {
      std::array<char, PATH_MAX + 1> target{};
      if (::readlinkat(from.get(), name.c_str(), target.data(), target.size() - 1) < 0 ||
          ::symlinkat(target.data(), to.get(), name.c_str()) != 0)
        throw failed("linking", inside);
    } else if (::mknodat(to.get(), name.c_str(), (about.st_mode & S_IFMT) | 0600, about.st_rdev) != 0) {
      throw failed("making", inside);
    }
    give_ownership(to, name, about);
  }

  void link(const std::string& first, const std::string& name, BorrowedFd to) {
    const std::size_t slash = first.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : first.substr(0, slash);
    const auto folder = sys::open_in_root_no_links(to_, parent.c_str(), O_PATH | O_DIRECTORY, 0);
    const std::string base = slash == std::string::npos ? first : first.substr(slash + 1);
    if (!folder || ::linkat(folder->get(), base.c_str(), to.get(), name.c_str(), 0) != 0)
      throw Error::from_errno(folder ? errno : folder.err(), "linking " + name + " to " + first);
  }

  const LayeredTree& tree_;
  const BorrowedFd to_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // what has several names, by the first one
};

}  // namespace

void copy_tree(const LayeredTree& tree, const LayeredTree::Folder& from, BorrowedFd to) {
  Copy{tree, to}.folder(from, "", to, 0);
}

}  // namespace stack::volume
