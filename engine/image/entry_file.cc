#include "engine/image/entry_file.h"

#include <string_view>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::image {

FileTimes times_of(archive_entry* entry) {
  const timespec changed{archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
  return {changed, changed};
}

mode_t mode_of(archive_entry* entry) { return archive_entry_perm(entry) & 07777; }

std::uint64_t size_of(archive_entry* entry) {
  return archive_entry_size_is_set(entry) != 0 ? static_cast<std::uint64_t>(archive_entry_size(entry)) : 0;
}

bool has_holes(archive_entry* entry) { return archive_entry_sparse_count(entry) > 0; }

void write_content(TarReader& tar, archive_entry* entry, BorrowedFd file, std::uint64_t& bytes,
                   std::uint64_t bytes_max) {
  const void* data = nullptr;
  std::size_t size = 0;
  long offset = 0;
  std::uint64_t end = 0;
  while (tar.data(&data, &size, &offset)) {
    bytes += size;
    if (bytes > bytes_max) throw Error(ErrorKind::invalid, "the archive unpacks to more than is allowed");
    for (std::size_t done = 0; done < size;) {
      const ssize_t put =
          ::pwrite(file.get(), static_cast<const char*>(data) + done, size - done, offset + static_cast<long>(done));
      if (put < 0) throw Error::from_errno(errno, "writing the file");
      done += static_cast<std::size_t>(put);
    }
    end = static_cast<std::uint64_t>(offset) + size;
  }
  // A file may end in a hole, which has no data of its own.
  if (end != size_of(entry) && ::ftruncate(file.get(), static_cast<off_t>(size_of(entry))) != 0) {
    throw Error::from_errno(errno, "setting the file's size to " + std::to_string(size_of(entry)) + " bytes");
  }
}

void give_attributes(BorrowedFd file, archive_entry* entry) {
  // Each change is one more for the file system's journal: most files are what they should be from the start.
  struct stat is {};
  if (::fstat(file.get(), &is) != 0) throw Error::from_errno(errno, "looking at what was made");
  const auto uid = static_cast<uid_t>(archive_entry_uid(entry));
  const auto gid = static_cast<gid_t>(archive_entry_gid(entry));
  const bool other_owner = is.st_uid != uid || is.st_gid != gid;
  if (other_owner && ::fchown(file.get(), uid, gid) != 0) throw Error::from_errno(errno, "setting the owner");
  // A change of the owner takes the set-user-ID bit away.
  if ((other_owner || (is.st_mode & 07777) != mode_of(entry)) && ::fchmod(file.get(), mode_of(entry)) != 0) {
    throw Error::from_errno(errno, "setting the mode");
  }
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
    // Overlayfs's own attributes would let an archive rewrite how layers are stacked.
    if (std::string_view{name}.starts_with("trusted.")) continue;
    if (::fsetxattr(file.get(), name, value, size, 0) != 0 && errno != ENOTSUP) {
      throw Error::from_errno(errno, std::string{"setting the attribute "} + name);
    }
  }
}

void give_owner(BorrowedFd folder, const std::string& name, archive_entry* entry) {
  if (::fchownat(folder.get(), name.c_str(), static_cast<uid_t>(archive_entry_uid(entry)),
                 static_cast<gid_t>(archive_entry_gid(entry)), AT_SYMLINK_NOFOLLOW) != 0) {
    throw Error::from_errno(errno, "setting the owner");
  }
  const FileTimes times = times_of(entry);
  ::utimensat(folder.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
}

}  // namespace stack::image
