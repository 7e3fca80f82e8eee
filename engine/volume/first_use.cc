#include "engine/volume/first_use.h"

#include <array>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "engine/base/error.h"
#include "engine/base/scope_guard.h"
#include "engine/sys/syscalls.h"

namespace stack::volume {
namespace {

namespace fs = std::filesystem;
constexpr int kDepthMax = 256;

struct DirClose {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

Error step(const std::string& what, const char* name) { return Error::from_errno(errno, what + " " + name); }

void copy_attributes(BorrowedFd from, BorrowedFd to) {
  std::array<char, 4096> names{};
  const ssize_t length = ::flistxattr(from.get(), names.data(), names.size());
  for (ssize_t at = 0; at < length;) {
    const char* name = names.data() + at;
    std::array<char, 4096> value{};
    const ssize_t size = ::fgetxattr(from.get(), name, value.data(), value.size());
    const std::string_view text = name;
    if (size >= 0 && !text.starts_with("trusted."))
      ::fsetxattr(to.get(), name, value.data(), static_cast<std::size_t>(size), 0);
    at += static_cast<ssize_t>(text.size()) + 1;
  }
}

void copy_ownership(BorrowedFd from, BorrowedFd to, const struct stat& about) {
  if (::fchown(to.get(), about.st_uid, about.st_gid) != 0) throw step("setting the owner of", "a copied file");
  if (::fchmod(to.get(), about.st_mode & 07777) != 0) throw step("setting the mode of", "a copied file");
  copy_attributes(from, to);
  const std::array<timespec, 2> times{about.st_atim, about.st_mtim};
  ::futimens(to.get(), times.data());
}

void copy_content(BorrowedFd from, BorrowedFd to, const char* name) {
  for (;;) {
    const ssize_t copied = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, std::size_t{1} << 30, 0);
    if (copied == 0) return;
    if (copied > 0) continue;
    if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP) throw step("copying", name);
    break;
  }
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0) throw step("reading", name);
    if (got == 0) return;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = ::write(to.get(), buffer.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0) throw step("writing", name);
      done += put;
    }
  }
}

void copy_folder(BorrowedFd from, BorrowedFd to, int depth);

void copy_entry(BorrowedFd from, BorrowedFd to, const char* name, int depth) {
  struct stat about {};
  if (::fstatat(from.get(), name, &about, AT_SYMLINK_NOFOLLOW) != 0) throw step("examining", name);
  if (S_ISDIR(about.st_mode)) {
    if (::mkdirat(to.get(), name, 0700) != 0) throw step("making", name);
    const UniqueFd source{::openat(from.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    const UniqueFd copy{::openat(to.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!source || !copy) throw step("opening", name);
    copy_folder(source, copy, depth + 1);
    copy_ownership(source, copy, about);
  } else if (S_ISREG(about.st_mode)) {
    const UniqueFd source{::openat(from.get(), name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
    const UniqueFd copy{::openat(to.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!source || !copy) throw step("opening", name);
    copy_content(source, copy, name);
    copy_ownership(source, copy, about);
  } else if (S_ISLNK(about.st_mode)) {
    std::array<char, 4097> target{};
    const ssize_t length = ::readlinkat(from.get(), name, target.data(), target.size() - 1);
    if (length < 0 || ::symlinkat(target.data(), to.get(), name) != 0) throw step("linking", name);
    if (::fchownat(to.get(), name, about.st_uid, about.st_gid, AT_SYMLINK_NOFOLLOW) != 0) throw step("owning", name);
  } else if (!S_ISSOCK(about.st_mode)) {
    if (::mknodat(to.get(), name, about.st_mode, about.st_rdev) != 0) throw step("making", name);
    if (::fchownat(to.get(), name, about.st_uid, about.st_gid, AT_SYMLINK_NOFOLLOW) != 0) throw step("owning", name);
  }
}

void copy_folder(BorrowedFd from, BorrowedFd to, int depth) {
  if (depth > kDepthMax) throw Error(ErrorKind::invalid, "the image's folder is nested deeper than 256 levels");
  const int listing = ::openat(from.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, DirClose> dir{listing < 0 ? nullptr : ::fdopendir(listing)};
  if (!dir) throw step("listing", "a folder of the image");
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") copy_entry(from, to, entry->d_name, depth);
  }
}

// The image's root as a mount that is attached nowhere. A single layer needs none.
UniqueFd open_root(const std::vector<std::string>& layers) {
  if (layers.size() == 1) {
    UniqueFd fd{::open(layers.front().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) throw Error::from_errno(errno, "opening the image's layer");
    return fd;
  }
  auto overlay = sys::fsopen("overlay");
  if (!overlay) throw Error::from_errno(overlay.err(), "opening an overlay file system");
  std::string lower;
  for (const std::string& layer : layers) (lower += lower.empty() ? "" : ":") += layer;
  sys::Status status = sys::fsconfig_string(*overlay, "lowerdir", lower.c_str());
  if (status) status = sys::fsconfig_create(*overlay);
  if (!status) throw Error::from_errno(status.err(), "stacking the image's layers");
  auto mounted = sys::fsmount(*overlay, 0);
  if (!mounted) throw Error::from_errno(mounted.err(), "mounting the image's layers");
  return std::move(*mounted);
}

void clear(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder, ignored})
    fs::remove_all(entry.path(), ignored);
}

}  // namespace

void populate(const std::vector<std::string>& layers, const std::string& target, const fs::path& data) {
  // Replicas that start together must not fill it twice.
  const UniqueFd lock{::open(data.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0)
    throw Error::from_errno(errno, "locking " + data.parent_path().string());
  const fs::path mark = data.string() + ".filling";
  if (fs::exists(mark)) {
    clear(data);
  } else if (!fs::is_empty(data)) {
    return;
  }
  const UniqueFd root = open_root(layers);
  const auto source = sys::open_in_root(root, target.c_str(), O_RDONLY | O_DIRECTORY, 0);
  if (!source) {
    if (source.err() == ENOENT || source.err() == ENOTDIR) return;
    throw Error::from_errno(source.err(), "opening " + target + " in the image");
  }
  const UniqueFd destination{::open(data.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!destination) throw Error::from_errno(errno, "opening " + data.string());
  const UniqueFd made{::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  if (!made) throw Error::from_errno(errno, "making " + mark.string());
  ScopeGuard empty_again{[&] {
    clear(data);
    ::unlink(mark.c_str());
  }};
  struct stat about {};
  if (::fstat(source->get(), &about) != 0) throw step("examining", target.c_str());
  copy_folder(*source, destination, 0);
  copy_ownership(*source, destination, about);
  empty_again.dismiss();
  if (::unlink(mark.c_str()) != 0) throw Error::from_errno(errno, "removing " + mark.string());
}

}  // namespace stack::volume
