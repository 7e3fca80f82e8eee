#include "engine/service/container_paths.h"

#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/error.h"
#include "base/path_text.h"
#include "base/sys/syscalls.h"
#include "base/tar/tree_pack.h"
#include "engine/build/path_in_root.h"

namespace stack::service {
namespace {

[[noreturn]] void refuse(int err, const ContainerPath& path, const std::string& container) {
  if (err == ENOENT)
    throw Error(ErrorKind::not_found, "Could not find the file " + path.given + " in container " + container);
  throw Error(Error::from_errno(err, "lstat " + path.given).message());
}

// What the path is of, without opening it.
UniqueFd open_path(BorrowedFd root, const ContainerPath& path, const std::string& container, bool follow) {
  std::uint64_t flags = O_PATH;
  if (path.means_folder) flags |= O_DIRECTORY;
  if (!path.means_folder && !follow) flags |= O_NOFOLLOW;
  auto found = sys::open_in_root(root, path.absolute.c_str(), flags, 0);
  if (!found) refuse(found.err(), path, container);
  return std::move(*found);
}

struct stat about(BorrowedFd fd, const ContainerPath& path, const std::string& container) {
  struct stat result {};
  if (::fstat(fd.get(), &result) != 0) refuse(errno, path, container);
  return result;
}

std::uint64_t mount_of(BorrowedFd fd) {
  struct statx result {};
  if (::statx(fd.get(), "", AT_EMPTY_PATH, STATX_MNT_ID, &result) != 0)
    throw Error::from_errno(errno, "finding a mount");
  return result.stx_mnt_id;
}

void check_writable(BorrowedFd root, BorrowedFd folder) {
  struct statvfs file_system {};
  if (::fstatvfs(folder.get(), &file_system) != 0) throw Error::from_errno(errno, "looking at the file system");
  if ((file_system.f_flag & ST_RDONLY) == 0) return;
  throw Error(ErrorKind::invalid, mount_of(folder) == mount_of(root) ? "container rootfs is marked read-only"
                                                                     : "mounted volume is marked read-only");
}

}  // namespace

ContainerPath container_path(const std::string& given) {
  ContainerPath path{.given = given, .absolute = clean_path("/" + given)};
  const bool ends_in_dot = given == "." || given.ends_with("/.");
  path.means_folder = ends_in_dot || given.ends_with('/');
  path.name = ends_in_dot ? "." : path.absolute == "/" ? "/" : base_name(path.absolute);
  return path;
}

api::PathStat look_at(BorrowedFd root, const ContainerPath& path, const std::string& container) {
  const UniqueFd found = open_path(root, path, container, false);
  const struct stat info = about(found, path, container);
  api::PathStat stat{.name = path.name,
                     .size = info.st_size,
                     .mode = info.st_mode,
                     .modified = Wall{std::chrono::seconds{info.st_mtim.tv_sec} + Nanos{info.st_mtim.tv_nsec}},
                     .link_target = {}};
  if (!S_ISLNK(info.st_mode)) return stat;
  try {
    stat.link_target = "/" + build::path_in_root(root, path.absolute);
  } catch (const Error&) {
    refuse(ELOOP, path, container);  // it throws for links in a circle
  }
  return stat;
}

void pack_path(BorrowedFd root, const ContainerPath& path, const std::string& container, BorrowedFd to) {
  const UniqueFd found = open_path(root, path, container, false);
  if (S_ISDIR(about(found, path, container).st_mode)) {
    tar::pack(found, ".", path.name, to);
    return;
  }
  const auto parent = sys::open_in_root(root, parent_path(path.absolute).c_str(), O_PATH | O_DIRECTORY, 0);
  if (!parent) refuse(parent.err(), path, container);
  tar::pack(*parent, base_name(path.absolute), path.name, to);
}

UniqueFd open_destination(BorrowedFd root, const ContainerPath& path, const std::string& container) {
  UniqueFd folder = open_path(root, path, container, true);
  if (!S_ISDIR(about(folder, path, container).st_mode))
    throw Error(ErrorKind::invalid, "extraction point is not a directory");
  check_writable(root, folder);
  return folder;
}

void remove_path(BorrowedFd root, const ContainerPath& path, const std::string& container) {
  if (path.absolute == "/")
    throw Error(ErrorKind::invalid, "the root of container " + container + " cannot be removed");
  const auto parent = sys::open_in_root(root, parent_path(path.absolute).c_str(), O_PATH | O_DIRECTORY, 0);
  if (!parent && (parent.err() == ENOENT || parent.err() == ENOTDIR)) return;
  if (!parent) refuse(parent.err(), path, container);
  const std::string name = base_name(path.absolute);
  struct stat there {};
  if (::fstatat(parent->get(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return;
    refuse(errno, path, container);
  }
  check_writable(root, *parent);
  // By its folder's descriptor: links and renames on the way lead nowhere else.
  std::error_code failed;
  std::filesystem::remove_all("/proc/self/fd/" + std::to_string(parent->get()) + "/" + name, failed);
  if (failed) throw Error::from_errno(failed.value(), "removing " + path.given + " in container " + container);
}

}  // namespace stack::service
