#include "base/file.h"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/scope_guard.h"

namespace stack {

namespace {

// A pipe could keep its reader for ever, a device do anything. A folder says so itself when it is read.
bool is_readable_kind(const struct stat& about) {
  const bool is_null_device = S_ISCHR(about.st_mode) && about.st_rdev == makedev(1, 3);
  return S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) || is_null_device;
}

}  // namespace

std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (!fd) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ESRCH) return std::nullopt;
    throw Error::from_errno(errno, "opening " + path.string());
  }
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0) throw Error::from_errno(errno, "looking at " + path.string());
  if (!is_readable_kind(about)) throw Error(ErrorKind::invalid, path.string() + " is not a regular file");
  std::string content;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    // A file of the kernel whose process (ESRCH) or control group (ENODEV) has gone since it was opened.
    if (got < 0 && (errno == ESRCH || errno == ENODEV)) return std::nullopt;
    if (got < 0) throw Error::from_errno(errno, "reading " + path.string());
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > max_bytes) {
      throw Error(ErrorKind::invalid, path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
}

std::string file_identity(const std::filesystem::path& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return {};
  return std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino);
}

void write_all(BorrowedFd fd, std::string_view content, std::string_view doing) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd.get(), content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw Error::from_errno(errno, doing);
    content.remove_prefix(static_cast<std::size_t>(put));
  }
}

void replace_file(const std::filesystem::path& path, std::string_view content, Durable durable, unsigned mode) {
  const std::string temporary = path.string() + ".new";
  UniqueFd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!fd) throw Error::from_errno(errno, "creating " + temporary);
  ScopeGuard remove_temporary{[&] { ::unlink(temporary.c_str()); }};
  write_all(fd, content);
  if (durable == Durable::yes && ::fsync(fd.get()) != 0) throw Error::from_errno(errno, "syncing " + temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw Error::from_errno(errno, "renaming to " + path.string());
  remove_temporary.dismiss();
  if (durable == Durable::yes) {
    const UniqueFd folder{::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder || ::fsync(folder.get()) != 0) throw Error::from_errno(errno, "syncing the folder of " + path.string());
  }
}

void sync_file_system(const std::filesystem::path& path) {
  const UniqueFd folder{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || ::syncfs(folder.get()) != 0) throw Error::from_errno(errno, "syncing " + path.string());
}

}  // namespace stack
