#include "base/tar/tree_extract.h"

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"
#include "base/tar/new_file.h"

namespace stack::tar {
namespace {

constexpr std::size_t kFolderNamesMax = 32 << 20;  // bytes of all folders' paths
constexpr std::size_t kPathBytesMax = 4096;

using Times = std::array<timespec, 2>;

Times times_of(const Entry& entry) {
  const timespec changed{entry.modified_s, entry.modified_ns};
  return {changed, changed};
}

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

// By the file that the descriptor is of: nothing that has its name by now.
std::string path_of(BorrowedFd fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

class Extraction {
 public:
  Extraction(Stream& archive, BorrowedFd root, const ExtractOptions& options)
      : archive_(archive), root_(root), options_(options) {}

  std::uint64_t run() {
    while (auto entry = archive_.next()) add(*entry);
    finish();
    return bytes_;
  }

 private:
  struct Place {
    std::string parent, name;  // "" and "" for the folder itself
  };

  [[nodiscard]] std::string renamed(const std::string& name) const {
    return options_.rename ? options_.rename(name) : name;
  }

  static Place place_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {"", path};
    return {path.substr(0, slash), path.substr(slash + 1)};
  }

  void add(const Entry& entry) {
    const std::string name = renamed(entry.path);
    const auto path = clean_entry_name(name);
    if (!path) throw Error("invalid entry name " + in_quotes(name));
    if (path->size() > kPathBytesMax) throw Error(ErrorKind::invalid, "the archive has a path longer than 4096 bytes");
    try {
      make(entry, *path);
    } catch (Error& error) {
      if (error.err() == 0) throw;
      throw error.context(options_.place + (options_.place.ends_with('/') ? "" : "/") + *path);
    }
  }

  void make(const Entry& entry, const std::string& path) {
    if (path.empty()) return adopt_root(entry);
    const Place place = place_of(path);
    const UniqueFd parent = open_parent(place.parent);
    if (is_device(entry) && !options_.devices) {
      if (options_.left_out) options_.left_out(path);
      return;
    }
    if (entry.kind == Kind::hard_link) return hard_link(entry, parent, place.name);
    clear(parent, place.name, entry.kind);
    switch (entry.kind) {
      case Kind::folder:
        return folder(entry, parent, place.name, path);
      case Kind::file:
        return file(entry, parent, place.name);
      case Kind::symbolic_link:
        if (::symlinkat(entry.link.c_str(), parent.get(), place.name.c_str()) != 0)
          throw Error::from_errno(errno, "making the symbolic link");
        return give_owner_and_times(entry, parent, place.name);
      default:
        return node(entry, parent, place.name);
    }
  }

  static bool is_device(const Entry& entry) {
    return entry.kind == Kind::character_device || entry.kind == Kind::block_device;
  }

  // An archive of a folder's content has the folder itself as its first entry.
  void adopt_root(const Entry& entry) {
    if (entry.kind != Kind::folder) throw Error("invalid entry name " + in_quotes(entry.path));
    const auto self = sys::open_in_root(root_, ".", O_RDONLY | O_DIRECTORY, 0);
    if (!self) throw Error::from_errno(self.err(), "opening the folder");
    give_ownership(entry, *self);
    remember(entry, ".");
  }

  UniqueFd open_parent(const std::string& path) {
    auto fd = sys::open_in_root(root_, path.empty() ? "." : path.c_str(), O_PATH | O_DIRECTORY, 0);
    if (fd) return std::move(*fd);
    if (fd.err() != ENOENT) throw Error::from_errno(fd.err(), "opening the folder above");
    // Archives may leave out the folders above a file.
    const Place above = place_of(path);
    const UniqueFd grand = open_parent(above.parent);
    if (::mkdirat(grand.get(), above.name.c_str(), 0755) != 0 && errno != EEXIST)
      throw Error::from_errno(errno, "making the folder above");
    fd = sys::open_in_root(root_, path.c_str(), O_PATH | O_DIRECTORY, 0);
    if (!fd) throw Error::from_errno(fd.err(), "opening the folder above");
    return std::move(*fd);
  }

  // What has the name goes, but a folder whose place a folder takes, and what a file takes the place of once it is whole.
  void clear(BorrowedFd parent, const std::string& name, Kind kind) const {
    const bool for_folder = kind == Kind::folder;
    struct stat there {};
    if (::fstatat(parent.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return;
    const bool is_folder = S_ISDIR(there.st_mode);
    if (is_folder && for_folder) return;
    if (options_.keep_kind && is_folder != for_folder) {
      const std::string with = " " + in_quotes(name) + " with ";
      throw Error(is_folder ? "cannot overwrite directory" + with + "non-directory " + in_quotes(options_.place)
                            : "cannot overwrite non-directory" + with + "directory " + in_quotes(options_.place));
    }
    if (!is_folder) {
      if (kind == Kind::file) return;
      if (::unlinkat(parent.get(), name.c_str(), 0) != 0) throw Error::from_errno(errno, "replacing the file");
      return;
    }
    std::error_code failed;
    std::filesystem::remove_all(std::filesystem::path{path_of(parent)} / name, failed);
    if (failed) throw Error::from_errno(failed.value(), "replacing the folder");
  }

  void folder(const Entry& entry, BorrowedFd parent, const std::string& name, const std::string& path) {
    if (::mkdirat(parent.get(), name.c_str(), 0700) != 0 && errno != EEXIST)
      throw Error::from_errno(errno, "making the folder");
    const UniqueFd made{::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!made) throw Error::from_errno(errno, "opening the folder");
    give_ownership(entry, made);
    remember(entry, path);
  }

  void file(const Entry& entry, BorrowedFd parent, const std::string& name) {
    NewFile file{parent};
    const BorrowedFd made = file.fd();
    bytes_ += archive_.content_to(made);
    give_ownership(entry, made);
    ::futimens(made.get(), times_of(entry).data());
    file.place(name);
  }

  void node(const Entry& entry, BorrowedFd parent, const std::string& name) const {
    const mode_t kind = entry.kind == Kind::fifo ? S_IFIFO : entry.kind == Kind::character_device ? S_IFCHR : S_IFBLK;
    if (::mknodat(parent.get(), name.c_str(), kind | 0600, ::makedev(entry.device_major, entry.device_minor)) != 0)
      throw Error::from_errno(errno, "making the device node");
    const UniqueFd made{::openat(parent.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct stat about {};
    if (!made || ::fstat(made.get(), &about) != 0) throw Error::from_errno(errno, "opening the device node");
    // Somebody else has put something in its place: that keeps its mode.
    if ((about.st_mode & S_IFMT) != kind) throw Error(options_.place + "/" + name + " was replaced while it was made");
    give_owner_and_times(entry, parent, name);
    if (::chmod(path_of(made).c_str(), entry.mode) != 0) throw Error::from_errno(errno, "setting the mode");
  }

  void hard_link(const Entry& entry, BorrowedFd parent, const std::string& name) const {
    const std::string wanted = renamed(entry.link);
    const auto target = clean_entry_name(wanted);
    if (!target || target->empty()) throw Error("invalid hardlink target " + in_quotes(entry.link));
    const Place to = place_of(*target);
    const auto folder = sys::open_in_root(root_, to.parent.empty() ? "." : to.parent.c_str(), O_PATH | O_DIRECTORY, 0);
    struct stat about {};
    if (!folder || ::fstatat(folder->get(), to.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0)
      throw Error(ErrorKind::invalid,
                  "hard link " + in_quotes(entry.path) + ": no such file in the folder: " + in_quotes(entry.link));
    struct stat there {};
    if (::fstatat(parent.get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0) {
      // A link to itself would be removed before it is made.
      if (there.st_dev == about.st_dev && there.st_ino == about.st_ino) return;
      clear(parent, name, entry.kind);
    }
    if (::linkat(folder->get(), to.name.c_str(), parent.get(), name.c_str(), 0) != 0)
      throw Error::from_errno(errno, "making the hard link to " + entry.link);
  }

  [[nodiscard]] std::optional<std::pair<uid_t, gid_t>> owner_of(const Entry& entry) const {
    if (options_.owner) return options_.owner;
    if (options_.keep_owner) return std::pair<uid_t, gid_t>{entry.uid, entry.gid};
    return std::nullopt;
  }

  void give_ownership(const Entry& entry, BorrowedFd made) const {
    if (const auto owner = owner_of(entry); owner && ::fchown(made.get(), owner->first, owner->second) != 0)
      throw Error::from_errno(errno, "setting the owner");
    // After the owner, whose change takes the set-user-ID bit away.
    if (::fchmod(made.get(), entry.mode) != 0) throw Error::from_errno(errno, "setting the mode");
    for (const auto& [name, value] : entry.attributes) {
      if (!name.starts_with("user.") && name != "security.capability") continue;
      if (::fsetxattr(made.get(), name.c_str(), value.data(), value.size(), 0) != 0 && errno != ENOTSUP &&
          errno != EPERM)
        throw Error::from_errno(errno, "setting the attribute " + name);
    }
  }

  void give_owner_and_times(const Entry& entry, BorrowedFd parent, const std::string& name) const {
    const auto owner = owner_of(entry);
    if (owner && ::fchownat(parent.get(), name.c_str(), owner->first, owner->second, AT_SYMLINK_NOFOLLOW) != 0)
      throw Error::from_errno(errno, "setting the owner");
    ::utimensat(parent.get(), name.c_str(), times_of(entry).data(), AT_SYMLINK_NOFOLLOW);
  }

  void remember(const Entry& entry, const std::string& path) {
    folder_bytes_ += path.size();
    if (folder_bytes_ > kFolderNamesMax) throw Error(ErrorKind::invalid, "the archive has too many folders");
    folders_.emplace_back(path, times_of(entry));
  }

  // Folders get their times last: making files in them would change them.
  void finish() {
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
      const auto fd = sys::open_in_root(root_, folder->first.c_str(), O_RDONLY | O_DIRECTORY, 0);
      if (fd) ::futimens(fd->get(), folder->second.data());
    }
  }

  Stream& archive_;
  BorrowedFd root_;
  const ExtractOptions& options_;
  std::uint64_t bytes_ = 0;
  std::vector<std::pair<std::string, Times>> folders_;
  std::size_t folder_bytes_ = 0;
};

}  // namespace

std::optional<std::string> clean_entry_name(std::string_view name) {
  std::vector<std::string_view> parts;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
      continue;
    }
    if (parts.empty()) return std::nullopt;
    parts.pop_back();
  }
  std::string path;
  for (const std::string_view part : parts) (path += path.empty() ? "" : "/") += part;
  return path;
}

std::uint64_t extract(Stream& archive, BorrowedFd folder, const ExtractOptions& options) {
  return Extraction{archive, folder, options}.run();
}

}  // namespace stack::tar
