#include "engine/image/unpack.h"

#include <array>
#include <set>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/image/tar_reader.h"
#include "engine/sys/syscalls.h"

namespace stack::image {
namespace {

constexpr std::size_t kFolderNamesMax = 32 << 20;  // bytes of all folders' paths
constexpr std::size_t kPathBytesMax = 4096;

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

class Layer {
 public:
  Layer(BorrowedFd root, const UnpackLimits& limits) : root_(root), limits_(limits) {}

  void add(TarReader& tar, archive_entry* entry) {
    if (++result_.entries > limits_.entries_max) throw Error(ErrorKind::invalid, "the archive has too many entries");
    const char* raw_path = archive_entry_pathname(entry);
    if (raw_path == nullptr) throw Error(ErrorKind::invalid, "the archive has an entry without a readable path");
    const Path path = clean(raw_path);
    try {
      place(tar, entry, path);
    } catch (Error& error) {
      throw error.context("unpacking " + (path.parent.empty() ? "" : path.parent + "/") + path.name);
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
  using Times = std::array<timespec, 2>;

  // Most entries lie in the folder that the one before lies in.
  BorrowedFd parent_of(const Path& path) {
    if (!parent_ || parent_path_ != path.parent) {
      parent_ = open_parent(path);
      parent_path_ = path.parent;
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
    // Archives may leave out the folders above a file: those get root's ownership and 0755 until the layer finds its place.
    const Path above = clean(path.parent);
    const UniqueFd grand = open_parent(above);
    if (::mkdirat(grand.get(), above.name.c_str(), 0755) == 0) {
      remember_folder(path.parent);
      implied_.insert(path.parent);
    } else if (errno != EEXIST) {
      throw Error::from_errno(errno, "making the folder above");
    }
    fd = sys::open_in_root(root_, path.parent.c_str(), O_PATH | O_DIRECTORY, 0);
    if (!fd) throw Error::from_errno(fd.err(), "opening the folder");
    return std::move(*fd);
  }

  // A later entry of the same name replaces an earlier one; a folder stays when the new one is a folder as well.
  void clear_place(BorrowedFd parent, const std::string& name, bool folder) {
    struct stat existing {};
    if (::fstatat(parent.get(), name.c_str(), &existing, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (S_ISDIR(existing.st_mode)) {
      if (folder) return;
      if (::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) != 0) {
        throw Error(ErrorKind::invalid, "the archive replaces a folder that is not empty by something else");
      }
      return;
    }
    if (::unlinkat(parent.get(), name.c_str(), 0) != 0) throw Error::from_errno(errno, "replacing an earlier entry");
  }

  void place(TarReader& tar, archive_entry* entry, const Path& path) {
    if (archive_entry_size_is_set(entry) && static_cast<std::uint64_t>(archive_entry_size(entry)) > limits_.bytes_max) {
      throw Error(ErrorKind::invalid, "the entry is larger than is allowed");
    }
    const Times times{timespec{archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)},
                      timespec{archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)}};
    const mode_t mode = archive_entry_perm(entry) & 07777;
    if (path.name.empty()) {
      const auto self = sys::open_in_root(root_, ".", O_RDONLY | O_DIRECTORY, 0);
      if (self) own(*self, entry, mode);
      folders_.emplace_back(".", times);
      return;
    }
    const BorrowedFd parent = parent_of(path);
    if (path.name.starts_with(".wh.")) return whiteout(parent, path.name.substr(4));
    if (const char* target = archive_entry_hardlink(entry)) return hard_link(parent, path.name, target);
    const auto type = archive_entry_filetype(entry);
    clear_place(parent, path.name, type == AE_IFDIR);
    const char* name = path.name.c_str();
    if (type == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      if (target == nullptr || ::symlinkat(target, parent.get(), name) != 0) {
        throw Error::from_errno(target == nullptr ? EINVAL : errno, "making the symbolic link");
      }
      own_link(parent, name, entry, times);
      return;
    }
    if (type == AE_IFDIR) {
      if (::mkdirat(parent.get(), name, 0700) != 0 && errno != EEXIST)
        throw Error::from_errno(errno, "making the folder");
      const std::string whole = path.parent.empty() ? path.name : path.parent + "/" + path.name;
      remember_folder(whole);
      implied_.erase(whole);
      folders_.emplace_back(whole, times);
    } else if (type == AE_IFCHR || type == AE_IFBLK || type == AE_IFIFO) {
      const mode_t kind = type == AE_IFCHR ? S_IFCHR : type == AE_IFBLK ? S_IFBLK : S_IFIFO;
      const dev_t device = ::makedev(static_cast<unsigned>(archive_entry_rdevmajor(entry)),
                                     static_cast<unsigned>(archive_entry_rdevminor(entry)));
      if (::mknodat(parent.get(), name, kind | 0600, device) != 0)
        throw Error::from_errno(errno, "making the device node");
      own_link(parent, name, entry, times);
      if (::fchmodat(parent.get(), name, mode, 0) != 0) throw Error::from_errno(errno, "setting the mode");
      return;
    } else if (type == AE_IFREG) {
      const UniqueFd file{
          ::openat(parent.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777)};
      if (!file) throw Error::from_errno(errno, "making the file");
      content(tar, file);
      own(file, entry, mode);
      ::futimens(file.get(), times.data());
      return;
    } else {
      throw Error(ErrorKind::invalid, "the archive has an entry of a kind that layers do not have");
    }
    const UniqueFd made{::openat(parent.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!made) throw Error::from_errno(errno, "opening the folder");
    own(made, entry, mode);
  }

  void content(TarReader& tar, const UniqueFd& file) {
    const void* data = nullptr;
    std::size_t size = 0;
    long offset = 0, end = 0;
    while (tar.data(&data, &size, &offset)) {
      result_.bytes += size;
      if (result_.bytes > limits_.bytes_max)
        throw Error(ErrorKind::invalid, "the archive unpacks to more than is allowed");
      for (std::size_t done = 0; done < size;) {
        const ssize_t put =
            ::pwrite(file.get(), static_cast<const char*>(data) + done, size - done, offset + static_cast<long>(done));
        if (put < 0) throw Error::from_errno(errno, "writing the file");
        done += static_cast<std::size_t>(put);
      }
      end = offset + static_cast<long>(size);
    }
    // Sparse files end in a hole.
    struct stat now {};
    if (::fstat(file.get(), &now) == 0 && now.st_size < end && ::ftruncate(file.get(), end) != 0) {
      throw Error::from_errno(errno, "setting the file's size");
    }
  }

  void own(const UniqueFd& fd, archive_entry* entry, mode_t mode) {
    // Each change is one more for the file system's journal: most files are what they should be from the start.
    struct stat is {};
    if (::fstat(fd.get(), &is) != 0) throw Error::from_errno(errno, "looking at what was made");
    const auto uid = static_cast<uid_t>(archive_entry_uid(entry));
    const auto gid = static_cast<gid_t>(archive_entry_gid(entry));
    const bool other_owner = is.st_uid != uid || is.st_gid != gid;
    if (other_owner && ::fchown(fd.get(), uid, gid) != 0) throw Error::from_errno(errno, "setting the owner");
    // A change of the owner takes the set-user-ID bit away.
    if ((other_owner || (is.st_mode & 07777) != mode) && ::fchmod(fd.get(), mode) != 0) {
      throw Error::from_errno(errno, "setting the mode");
    }
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
      // Overlayfs's own attributes would let an archive rewrite how layers are stacked.
      if (std::string_view{name}.starts_with("trusted.")) continue;
      if (::fsetxattr(fd.get(), name, value, size, 0) != 0 && errno != ENOTSUP) {
        throw Error::from_errno(errno, std::string{"setting the attribute "} + name);
      }
    }
  }

  void own_link(BorrowedFd parent, const char* name, archive_entry* entry, const Times& times) {
    if (::fchownat(parent.get(), name, static_cast<uid_t>(archive_entry_uid(entry)),
                   static_cast<gid_t>(archive_entry_gid(entry)), AT_SYMLINK_NOFOLLOW) != 0) {
      throw Error::from_errno(errno, "setting the owner");
    }
    ::utimensat(parent.get(), name, times.data(), AT_SYMLINK_NOFOLLOW);
  }

  void hard_link(BorrowedFd parent, const std::string& name, std::string_view target) {
    const Path to = clean(target);
    if (to.name.empty()) throw Error(ErrorKind::invalid, "the archive has a hard link to its root");
    const UniqueFd folder = open_parent(to);
    clear_place(parent, name, false);
    if (::linkat(folder.get(), to.name.c_str(), parent.get(), name.c_str(), 0) != 0) {
      throw Error::from_errno(errno, "making the hard link to " + std::string{target});
    }
  }

  void whiteout(BorrowedFd parent, const std::string& hidden) {
    if (hidden == ".wh..opq") {
      const std::string self = "/proc/self/fd/" + std::to_string(parent.get());
      if (::setxattr(self.c_str(), "trusted.overlay.opaque", "y", 1, 0) != 0) {
        throw Error::from_errno(errno, "marking the folder opaque");
      }
      return;
    }
    if (hidden.empty()) throw Error(ErrorKind::invalid, "the archive has a whiteout without a name");
    clear_place(parent, hidden, false);
    if (::mknodat(parent.get(), hidden.c_str(), S_IFCHR, 0) != 0) throw Error::from_errno(errno, "making the whiteout");
  }

  BorrowedFd root_;
  UnpackLimits limits_;
  Unpacked result_;
  std::vector<std::pair<std::string, Times>> folders_;
  std::set<std::string> implied_;
  std::size_t folder_bytes_ = 0;
  UniqueFd parent_;
  std::string parent_path_;
};

}  // namespace

Unpacked unpack_layer(LayerStream& stream, BorrowedFd folder, const UnpackLimits& limits) {
  Layer layer{folder, limits};
  {
    TarReader tar{stream};
    while (archive_entry* entry = tar.next()) layer.add(tar, entry);
  }
  stream.drain();
  return layer.finish();
}

}  // namespace stack::image
