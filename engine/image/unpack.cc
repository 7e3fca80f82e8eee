#include "engine/image/unpack.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/sys/syscalls.h"
#include "engine/image/entry_file.h"
#include "engine/image/tar_reader.h"
#include "engine/image/whiteout.h"

namespace stack::image {
namespace {

constexpr std::size_t kFolderNamesMax = 32 << 20;  // bytes of all folders' paths
constexpr std::size_t kLinkNamesMax = 32 << 20;    // bytes of all hard links to other layers
constexpr std::size_t kPathBytesMax = 4096;
constexpr int kLinksMax = 40;  // on the way to one folder, as in the kernel

struct Path {
  std::string parent;  // "" for the layer's root
  std::string name;    // "" for the root itself
};

// Throws for a path that climbs or has a NUL; "./a//b/" is "a/b".
Path clean(std::string_view text) {
  if (text.size() > kPathBytesMax) throw Error(ErrorKind::invalid, "the archive has a path longer than 4096 bytes");
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") throw Error(ErrorKind::invalid, "the archive has a path with \"..\"");
    parts.push_back(part);
  }
  Path path;
  if (parts.empty()) return path;
  path.name = parts.back();
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) (path.parent += i == 0 ? "" : "/") += parts[i];
  return path;
}

std::string join(const Path& path) { return path.parent.empty() ? path.name : path.parent + "/" + path.name; }

std::string joined(const std::vector<std::string>& names) {
  std::string path;
  for (const std::string& name : names) (path += path.empty() ? "" : "/") += name;
  return path;
}

// The last one first; ".." stays.
std::vector<std::string> parts_reversed(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  std::ranges::reverse(parts);
  return parts;
}

class Layer {
 public:
  Layer(BorrowedFd root, const UnpackLimits& limits) : root_(root), limits_(limits) {}

  void add(TarReader& tar, archive_entry* entry) {
    if (++result_.entries > limits_.entries_max) throw Error(ErrorKind::invalid, "the archive has too many entries");
    const char* raw_path = archive_entry_pathname(entry);
    if (raw_path == nullptr) throw Error(ErrorKind::invalid, "the archive has an entry without a readable path");
    // The kernel takes the highest number for "as it is".
    constexpr std::int64_t kIdMax = 0xFFFFFFFE;
    if (archive_entry_uid(entry) > kIdMax || archive_entry_gid(entry) > kIdMax)
      throw Error(ErrorKind::invalid, "the archive has an entry with an impossible owner: " + std::string{raw_path});
    const Path path = clean(raw_path);
    try {
      place(tar, entry, path);
    } catch (Error& error) {
      throw error.context("unpacking " + join(path));
    }
  }

  // Folders get their times last: making files in them would change them.
  Unpacked finish() {
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
      auto fd = sys::open_in_root(root_, folder->first.c_str(), O_RDONLY | O_DIRECTORY, 0);
      if (fd) ::futimens(fd->get(), folder->second.data());
    }
    result_.implied_folders.assign(implied_.begin(), implied_.end());
    return std::move(result_);
  }

 private:
  // Most entries lie in the folder that the one before lies in.
  BorrowedFd parent_of(const Path& path) {
    if (!parent_ || parent_is_stale_ || parent_path_ != path.parent) {
      parent_ = open_parent(path);
      parent_path_ = path.parent;
      parent_is_stale_ = false;
    }
    return parent_;
  }

  void remember_folder(const std::string& path) {
    folder_bytes_ += path.size();
    if (folder_bytes_ > kFolderNamesMax) throw Error(ErrorKind::invalid, "the archive has too many folders");
  }

  UniqueFd open_parent(const Path& path) {
    auto fd = sys::open_in_root(root_, path.parent.empty() ? "." : path.parent.c_str(), O_PATH | O_DIRECTORY, 0);
    if (fd) return std::move(*fd);
    if (fd.err() != ENOENT) throw Error::from_errno(fd.err(), "opening the folder");
    return make_folders(path.parent);
  }

  // The folder at a path, links followed within the root: what is missing is made, where a link leads as well. Archives may leave out the
  // folders above a file: those get root's ownership and 0755 until the layer finds its place.
  UniqueFd make_folders(const std::string& path) {
    std::vector<std::string> real;  // no link among them
    std::vector<std::string> rest = parts_reversed(path);
    int links = 0;
    UniqueFd at = folder_at(real);
    while (!rest.empty()) {
      const std::string name = std::move(rest.back());
      rest.pop_back();
      if (name == "..") {
        if (!real.empty()) real.pop_back();
        at = folder_at(real);
        continue;
      }
      std::string target(kPathBytesMax, '\0');
      const ssize_t size = ::readlinkat(at.get(), name.c_str(), target.data(), target.size());
      if (size > 0) {
        if (++links > kLinksMax) throw Error::from_errno(ELOOP, "opening the folder");
        target.resize(static_cast<std::size_t>(size));
        if (target.front() == '/') at = folder_at(real = {});
        for (std::string& part : parts_reversed(target)) rest.push_back(std::move(part));
        continue;
      }
      real.push_back(name);
      if (::mkdirat(at.get(), name.c_str(), 0755) == 0) {
        remember_folder(joined(real));
        implied_.insert(joined(real));
      } else if (errno != EEXIST) {
        throw Error::from_errno(errno, "making the folder above");
      }
      at = folder_at(real);
    }
    return at;
  }

  UniqueFd folder_at(const std::vector<std::string>& names) {
    const std::string path = names.empty() ? "." : joined(names);
    auto fd = sys::open_in_root_no_links(root_, path.c_str(), O_PATH | O_DIRECTORY, 0);
    if (!fd) throw Error::from_errno(fd.err(), "opening the folder");
    return std::move(*fd);
  }

  // A later entry of the same name replaces an earlier one; a folder stays when the new one is a folder as well. Returns whether a
  // whiteout stood there.
  bool clear_place(BorrowedFd parent, const std::string& name, bool folder) {
    struct stat existing {};
    if (::fstatat(parent.get(), name.c_str(), &existing, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (S_ISDIR(existing.st_mode)) {
      if (folder) return false;
      parent_is_stale_ = true;  // it may lie in what goes
      std::error_code failed;
      std::filesystem::remove_all(std::filesystem::path{"/proc/self/fd"} / std::to_string(parent.get()) / name, failed);
      if (failed) throw Error::from_errno(failed.value(), "replacing an earlier folder");
      return false;
    }
    if (::unlinkat(parent.get(), name.c_str(), 0) != 0) throw Error::from_errno(errno, "replacing an earlier entry");
    return is_whiteout(existing);
  }

  void place(TarReader& tar, archive_entry* entry, const Path& path) {
    if (!has_holes(entry) && size_of(entry) > limits_.bytes_max) {
      throw Error(ErrorKind::invalid, "the entry is larger than is allowed");
    }
    if (path.name.empty()) {
      const auto self = sys::open_in_root(root_, ".", O_RDONLY | O_DIRECTORY, 0);
      if (self) give_attributes(*self, entry);
      folders_.emplace_back(".", times_of(entry));
      return;
    }
    const BorrowedFd parent = parent_of(path);
    if (limits_.whiteouts && path.name.starts_with(".wh.")) return whiteout(parent, path.parent, path.name.substr(4));
    if (const char* target = archive_entry_hardlink(entry)) return hard_link(parent, path, target);
    const auto type = archive_entry_filetype(entry);
    const bool hid = clear_place(parent, path.name, type == AE_IFDIR);
    switch (type) {
      case AE_IFLNK:
        return symbolic_link(parent, path.name, entry);
      case AE_IFDIR:
        return folder(parent, path, entry, hid);
      case AE_IFCHR:
      case AE_IFBLK:
      case AE_IFIFO:
        return node(parent, path.name, entry, type);
      case AE_IFREG:
        return file(tar, parent, path.name, entry);
      default:
        throw Error(ErrorKind::invalid, "the archive has an entry of a kind that layers do not have");
    }
  }

  static void symbolic_link(BorrowedFd parent, const std::string& name, archive_entry* entry) {
    const char* target = archive_entry_symlink(entry);
    if (target == nullptr || ::symlinkat(target, parent.get(), name.c_str()) != 0) {
      throw Error::from_errno(target == nullptr ? EINVAL : errno, "making the symbolic link");
    }
    give_owner(parent, name, entry);
  }

  void folder(BorrowedFd parent, const Path& path, archive_entry* entry, bool hides) {
    if (::mkdirat(parent.get(), path.name.c_str(), 0700) != 0 && errno != EEXIST)
      throw Error::from_errno(errno, "making the folder");
    const std::string whole = join(path);
    remember_folder(whole);
    implied_.erase(whole);
    folders_.emplace_back(whole, times_of(entry));
    const UniqueFd made{::openat(parent.get(), path.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!made) throw Error::from_errno(errno, "opening the folder");
    give_attributes(made, entry);
    if (hides) make_opaque(made);
  }

  static void node(BorrowedFd parent, const std::string& name, archive_entry* entry, mode_t type) {
    const mode_t kind = type == AE_IFCHR ? S_IFCHR : type == AE_IFBLK ? S_IFBLK : S_IFIFO;
    const dev_t device = ::makedev(static_cast<unsigned>(archive_entry_rdevmajor(entry)),
                                   static_cast<unsigned>(archive_entry_rdevminor(entry)));
    if (::mknodat(parent.get(), name.c_str(), kind | 0600, device) != 0)
      throw Error::from_errno(errno, "making the device node");
    give_owner(parent, name, entry);
    if (::fchmodat(parent.get(), name.c_str(), mode_of(entry), 0) != 0)
      throw Error::from_errno(errno, "setting the mode");
  }

  void file(TarReader& tar, BorrowedFd parent, const std::string& name, archive_entry* entry) {
    const UniqueFd made{::openat(parent.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 mode_of(entry) & 0777)};
    if (!made) throw Error::from_errno(errno, "making the file");
    write_content(tar, entry, made, result_.bytes, limits_.bytes_max);
    give_attributes(made, entry);
    ::futimens(made.get(), times_of(entry).data());
  }

  void hard_link(BorrowedFd parent, const Path& path, std::string_view target) {
    const Path to = clean(target);
    if (to.name.empty()) throw Error(ErrorKind::invalid, "the archive has a hard link to its root");
    const auto folder = sys::open_in_root(root_, to.parent.empty() ? "." : to.parent.c_str(), O_PATH | O_DIRECTORY, 0);
    struct stat about {};
    const bool here =
        folder && ::fstatat(folder->get(), to.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 && !is_whiteout(about);
    // A link to itself would be removed before it is made.
    if (here && join(to) == join(path)) return;
    clear_place(parent, path.name, false);
    if (!here) return remember_link(path, to);
    if (::linkat(folder->get(), to.name.c_str(), parent.get(), path.name.c_str(), 0) != 0) {
      throw Error::from_errno(errno, "making the hard link to " + std::string{target});
    }
  }

  // Of a file that a layer below has: made when the layer finds its place.
  void remember_link(const Path& path, const Path& target) {
    link_bytes_ +=
        path.parent.size() + path.name.size() + target.parent.size() + target.name.size() + sizeof(Unpacked::Link);
    if (link_bytes_ > kLinkNamesMax)
      throw Error(ErrorKind::invalid, "the archive has too many hard links to files that it does not have");
    result_.links_below.push_back({join(path), join(target)});
  }

  static void make_opaque(BorrowedFd folder) {
    if (::fsetxattr(folder.get(), "trusted.overlay.opaque", "y", 1, 0) != 0)
      throw Error::from_errno(errno, "marking the folder opaque");
  }

  // A whiteout hides what the layers below have, never what this layer has, whichever comes first (OCI image-spec "Whiteouts").
  void whiteout(BorrowedFd parent, const std::string& parent_path, const std::string& hidden) {
    if (hidden == ".wh..opq") {
      if (parent_path.empty()) {
        result_.opaque_root = true;  // which overlayfs does not ask
        return;
      }
      return make_opaque(UniqueFd{::openat(parent.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)});
    }
    if (hidden.empty()) throw Error(ErrorKind::invalid, "the archive has a whiteout without a name");
    if (hidden == "." || hidden == "..")
      throw Error(ErrorKind::invalid, "the archive has a whiteout of \"" + hidden + "\"");
    struct stat existing {};
    if (::fstatat(parent.get(), hidden.c_str(), &existing, AT_SYMLINK_NOFOLLOW) == 0) {
      if (S_ISDIR(existing.st_mode))
        make_opaque(UniqueFd{::openat(parent.get(), hidden.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)});
      return;
    }
    if (::mknodat(parent.get(), hidden.c_str(), S_IFCHR, 0) != 0) throw Error::from_errno(errno, "making the whiteout");
  }

  BorrowedFd root_;
  UnpackLimits limits_;
  Unpacked result_;
  std::vector<std::pair<std::string, FileTimes>> folders_;
  std::set<std::string> implied_;
  std::size_t folder_bytes_ = 0, link_bytes_ = 0;
  UniqueFd parent_;
  std::string parent_path_;
  bool parent_is_stale_ = false;
};

}  // namespace

Unpacked unpack_layer(DecompressedStream& stream, BorrowedFd folder, const UnpackLimits& limits) {
  Layer layer{folder, limits};
  {
    TarReader tar{stream};
    while (archive_entry* entry = tar.next()) layer.add(tar, entry);
  }
  stream.drain();
  return layer.finish();
}

}  // namespace stack::image
