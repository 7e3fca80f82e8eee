#include "engine/image/settle.h"

#include <array>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/image/copy_file.h"
#include "engine/image/file_attributes.h"
#include "engine/image/layered_tree.h"

namespace stack::image {
namespace {

struct Place {
  std::string parent, name;
};

Place place_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// The folder at `path` below, exactly there: no link is followed.
std::optional<LayeredTree::Folder> folder_at(const LayeredTree& below, const std::string& path) {
  LayeredTree::Folder at = below.root();
  for (std::size_t from = 0; from < path.size();) {
    const std::size_t slash = std::min(path.find('/', from), path.size());
    const auto entry = below.find(at, path.substr(from, slash - from));
    if (!entry || !S_ISDIR(entry->about.st_mode)) return std::nullopt;
    at = {path.substr(0, slash), entry->layers};
    from = slash + 1;
  }
  return at;
}

// A folder that the archive only implied looks like the one below it.
void look_like_below(const std::string& path, BorrowedFd layer, const LayeredTree& below) {
  const auto lower = folder_at(below, path);
  if (!lower) return;
  const auto from = below.open(lower->layers.front(), path);
  const auto to = sys::open_in_root_no_links(layer, path.c_str(), O_RDONLY | O_DIRECTORY, 0);
  struct stat about {};
  if (!from || !to || ::fstat(from->get(), &about) != 0) return;
  if (::fchown(to->get(), about.st_uid, about.st_gid) != 0 || ::fchmod(to->get(), about.st_mode & 07777) != 0)
    throw Error::from_errno(errno, "giving the folder " + path + " its owner and mode");
  copy_attributes(*from, *to);
  const std::array<timespec, 2> times{about.st_mtim, about.st_mtim};
  ::futimens(to->get(), times.data());
}

// The file below comes up into this layer, as overlayfs brings up what gets one more name.
void bring_up(const std::string& path, BorrowedFd layer, const LayeredTree& below) {
  const auto [parent, name] = place_of(path);
  const auto lower = folder_at(below, parent);
  const auto entry = lower ? below.find(*lower, name) : std::nullopt;
  if (!entry || !S_ISREG(entry->about.st_mode))
    throw Error(ErrorKind::invalid, "no layer of the image has the file that it links to");
  const auto from = below.open(entry->layer, parent);
  // Folders that come up on the way look like those below as well.
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    const auto [above, base] = place_of(folder);
    const auto at = sys::open_in_root_no_links(layer, above.empty() ? "." : above.c_str(), O_PATH | O_DIRECTORY, 0);
    if (!at) throw Error::from_errno(at.err(), "opening the folder " + above);
    if (::mkdirat(at->get(), base.c_str(), 0755) == 0) {
      look_like_below(folder, layer, below);
    } else if (errno != EEXIST) {
      throw Error::from_errno(errno, "making the folder " + folder);
    }
  }
  const auto to = sys::open_in_root_no_links(layer, parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY, 0);
  if (!from || !to) throw Error(ErrorKind::invalid, "the folder of the file that it links to is not there");
  copy_file(*from, *to, name, entry->about);
}

void link_below(const Unpacked::Link& link, BorrowedFd layer, const LayeredTree& below) {
  const auto [parent, name] = place_of(link.path);
  const auto [target_parent, target] = place_of(link.target);
  const auto folder = sys::open_in_root(layer, parent.empty() ? "." : parent.c_str(), O_PATH | O_DIRECTORY, 0);
  if (!folder) throw Error::from_errno(folder.err(), "opening its folder");
  struct stat about {};
  // The archive may say later what else stands there.
  if (::fstatat(folder->get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0) return;
  const char* target_folder = target_parent.empty() ? "." : target_parent.c_str();
  auto from = sys::open_in_root(layer, target_folder, O_PATH | O_DIRECTORY, 0);
  if (!from || ::fstatat(from->get(), target.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
    bring_up(link.target, layer, below);
    from = sys::open_in_root(layer, target_folder, O_PATH | O_DIRECTORY, 0);
  }
  if (!from || ::linkat(from->get(), target.c_str(), folder->get(), name.c_str(), 0) != 0)
    throw Error::from_errno(from ? errno : from.err(), "making the hard link to " + link.target);
}

// Everything that the layers below show at the root is hidden by name, since overlayfs merges roots whatever they say.
void hide_all(BorrowedFd layer, const LayeredTree& below) {
  for (const auto& [name, entry] : below.list(below.root())) {
    struct stat about {};
    if (::fstatat(layer.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
      if (::mknodat(layer.get(), name.c_str(), S_IFCHR, 0) != 0) throw Error::from_errno(errno, "hiding /" + name);
    } else if (S_ISDIR(about.st_mode)) {
      const UniqueFd folder{::openat(layer.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
      if (!folder || ::fsetxattr(folder.get(), "trusted.overlay.opaque", "y", 1, 0) != 0)
        throw Error::from_errno(errno, "marking the folder /" + name + " opaque");
    }
  }
}

}  // namespace

void settle_layer(const Unpacked& unpacked, BorrowedFd layer, const std::vector<std::string>& below) {
  if (unpacked.implied_folders.empty() && unpacked.links_below.empty() && !unpacked.opaque_root) return;
  const LayeredTree tree{below};
  if (unpacked.opaque_root) hide_all(layer, tree);
  for (const std::string& path : unpacked.implied_folders) look_like_below(path, layer, tree);
  for (const Unpacked::Link& link : unpacked.links_below) {
    try {
      link_below(link, layer, tree);
    } catch (Error& error) {
      throw error.context("unpacking " + link.path);
    }
  }
}

}  // namespace stack::image
