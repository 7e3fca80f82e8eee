#include "base/tar/tree_pack.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/tar/archive_writer.h"

namespace stack::tar {
namespace {

constexpr std::size_t kDepthMax = 1000;  // of folders: two descriptors each

bool is_gone(int err) { return err == ENOENT || err == ENOTDIR || err == ELOOP || err == ESTALE; }

std::vector<std::string> names_in(BorrowedFd folder, const std::string& path) {
  const int copy = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const entries = copy < 0 ? nullptr : ::fdopendir(copy);
  if (entries == nullptr) throw Error::from_errno(errno, "reading the folder " + path);
  const std::unique_ptr<DIR, int (*)(DIR*)> close{entries, ::closedir};
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::map<std::string, std::string> attributes_of(BorrowedFd file) {
  std::map<std::string, std::string> found;
  const ssize_t room = ::flistxattr(file.get(), nullptr, 0);
  if (room <= 0) return found;  // as most have it
  std::vector<char> names(static_cast<std::size_t>(room));
  const ssize_t length = ::flistxattr(file.get(), names.data(), names.size());
  for (ssize_t at = 0; at < length;) {
    const std::string name = names.data() + at;
    at += static_cast<ssize_t>(name.size()) + 1;
    if (!name.starts_with("user.") && name != "security.capability") continue;
    std::vector<char> value(64 << 10);
    const ssize_t size = ::fgetxattr(file.get(), name.c_str(), value.data(), value.size());
    if (size >= 0) found[name].assign(value.data(), static_cast<std::size_t>(size));
  }
  return found;
}

Kind kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return Kind::folder;
    case S_IFLNK:
      return Kind::symbolic_link;
    case S_IFCHR:
      return Kind::character_device;
    case S_IFBLK:
      return Kind::block_device;
    case S_IFIFO:
      return Kind::fifo;
    default:
      return Kind::file;
  }
}

class Packing {
 public:
  explicit Packing(BorrowedFd to) : archive_(to) {}

  std::uint64_t run(BorrowedFd folder, const std::string& name, const std::string& as) {
    add(folder, name, as);
    archive_.end();
    return bytes_;
  }

  std::uint64_t run(std::span<const PackedFile> files) {
    as_root_ = shallow_ = true;
    depth_ = 1;  // what has gone is no failure
    for (const PackedFile& file : files) add(BorrowedFd{AT_FDCWD}, file.path, file.as);
    archive_.end();
    return bytes_;
  }

 private:
  void add(BorrowedFd parent, const std::string& name, const std::string& path) {
    // Without opening what it is: a device, or a pipe, would notice.
    const UniqueFd there{::openat(parent.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct stat about {};
    if (!there || ::fstat(there.get(), &about) != 0) {
      if (is_gone(errno) && depth_ > 0) return;
      throw Error::from_errno(errno, "opening " + path);
    }
    if (S_ISSOCK(about.st_mode)) return;
    Entry entry{.path = path,
                .kind = kind_of(about.st_mode),
                .mode = about.st_mode & 07777,
                .uid = about.st_uid,
                .gid = about.st_gid,
                .modified_s = about.st_mtim.tv_sec,
                .modified_ns = about.st_mtim.tv_nsec};
    if (as_root_) entry.uid = entry.gid = 0;
    if (S_ISDIR(about.st_mode)) return folder(there, entry);
    if (is_known(about, entry)) return archive_.begin(entry);
    if (S_ISREG(about.st_mode)) return file(there, entry);
    if (S_ISLNK(about.st_mode)) entry.link = target_of(there, path);
    if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)) {
      entry.device_major = major(about.st_rdev);
      entry.device_minor = minor(about.st_rdev);
    }
    archive_.begin(entry);
  }

  // A further name of an earlier entry.
  bool is_known(const struct stat& about, Entry& entry) {
    if (about.st_nlink < 2) return false;
    const auto [first, added] = links_.try_emplace({about.st_dev, about.st_ino}, entry.path);
    if (added) return false;
    entry.kind = Kind::hard_link;
    entry.link = first->second;
    return true;
  }

  static std::string target_of(BorrowedFd link, const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlinkat(link.get(), "", target.data(), target.size());
    if (length < 0) throw Error::from_errno(errno, "reading the link " + path);
    return {target.data(), static_cast<std::size_t>(length)};
  }

  void folder(BorrowedFd there, Entry& entry) {
    if (++depth_ > kDepthMax)
      throw Error(ErrorKind::unsupported, "the folders at " + entry.path + " are nested too deeply");
    const std::string inside = entry.path.ends_with('/') ? entry.path : entry.path + "/";
    const UniqueFd open{::openat(there.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!open) throw Error::from_errno(errno, "opening the folder " + entry.path);
    entry.attributes = attributes_of(open);
    entry.path = inside;
    archive_.begin(entry);
    if (!shallow_) {
      for (const std::string& name : names_in(open, inside)) add(open, name, inside + name);
    }
    --depth_;
  }

  void file(BorrowedFd there, Entry& entry) {
    const UniqueFd content{::open(("/proc/self/fd/" + std::to_string(there.get())).c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat about {};
    if (!content || ::fstat(content.get(), &about) != 0) throw Error::from_errno(errno, "opening " + entry.path);
    entry.attributes = attributes_of(content);
    entry.size = static_cast<std::uint64_t>(about.st_size);
    archive_.begin(entry);
    archive_.content(content, entry.size, entry.path);
    bytes_ += entry.size;
  }

  ArchiveWriter archive_;
  std::size_t depth_ = 0;
  bool as_root_ = false, shallow_ = false;
  std::uint64_t bytes_ = 0;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;  // what has several names, by the first one
};

}  // namespace

std::uint64_t pack(BorrowedFd folder, const std::string& name, const std::string& as, BorrowedFd to) {
  return Packing{to}.run(folder, name, as);
}

std::uint64_t pack_each(std::span<const PackedFile> files, BorrowedFd to) { return Packing{to}.run(files); }

}  // namespace stack::tar
