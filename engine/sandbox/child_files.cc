#include "engine/sandbox/child_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/syscalls.h"

namespace stack::sandbox {
namespace {

constexpr std::size_t kPathMax = 4096;

sys::Result<UniqueFd> open_below(BorrowedFd root, const char* path, std::uint64_t flags, bool no_links) noexcept {
  return no_links ? sys::open_in_root_no_links(root, path, flags, 0) : sys::open_in_root(root, path, flags, 0);
}

}  // namespace

sys::Result<UniqueFd> open_path(const char* path, int flags) noexcept {
  const int fd = ::open(path, flags | O_CLOEXEC);
  if (fd < 0) return sys::Result<UniqueFd>::failure(errno);
  return UniqueFd{fd};
}

int write_value(BorrowedFd folder, const char* path, const char* value) noexcept {
  const UniqueFd fd{::openat(folder.get(), path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return errno;
  const std::size_t size = std::strlen(value);
  const ssize_t n = ::write(fd.get(), value, size);
  return n == static_cast<ssize_t>(size) ? 0 : (n < 0 ? errno : EIO);
}

void describe_sysctl(const char* path, const char* value, char* out, std::size_t size) noexcept {
  const int length = std::snprintf(out, size, "%s", path);
  if (length <= 0) return;
  const std::size_t end = static_cast<std::size_t>(length);
  for (std::size_t i = 0; i < end && i < size; ++i) {
    if (out[i] == '/') out[i] = '.';
  }
  if (end < size) std::snprintf(out + end, size - end, " to %.80s", value);
}

int make_host_folders(const char* path) noexcept {
  struct stat info {};
  if (::stat(path, &info) == 0) return 0;
  char buffer[kPathMax];
  const std::size_t size = std::strlen(path);
  if (size == 0 || size >= sizeof buffer) return ENAMETOOLONG;
  std::memcpy(buffer, path, size + 1);
  for (std::size_t i = 1; i <= size; ++i) {
    if (buffer[i] != '/' && buffer[i] != '\0') continue;
    const char kept = buffer[i];
    buffer[i] = '\0';
    if (::mkdir(buffer, 0755) != 0 && errno != EEXIST) return errno;
    buffer[i] = kept;
  }
  return 0;
}

sys::Result<UniqueFd> make_target(BorrowedFd root, const char* path, bool folder, bool no_links) noexcept {
  auto there = open_below(root, path, O_PATH, no_links);
  if (there || there.err() != ENOENT) return there;
  char buffer[kPathMax];
  const std::size_t size = std::strlen(path);
  if (size == 0 || size >= sizeof buffer) return sys::Result<UniqueFd>::failure(ENAMETOOLONG);
  std::memcpy(buffer, path, size + 1);
  auto parent = open_below(root, "/", O_PATH | O_DIRECTORY, no_links);
  std::size_t from = 0;
  while (parent && from < size) {
    while (buffer[from] == '/') ++from;
    std::size_t to = from;
    while (to < size && buffer[to] != '/') ++to;
    if (to == from) break;
    const bool last = path[to] == '\0' || path[to + std::strspn(path + to, "/")] == '\0';
    buffer[to] = '\0';
    auto next = open_below(root, buffer, O_PATH, no_links);
    if (!next && next.err() == ENOENT) {
      // The name is new in `parent`; a dangling link of that name makes this fail with EEXIST, which is right.
      if (folder || !last) {
        if (::mkdirat(parent->get(), buffer + from, 0755) != 0) return sys::Result<UniqueFd>::failure(errno);
      } else {
        const UniqueFd made{
            ::openat(parent->get(), buffer + from, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
        if (!made) return sys::Result<UniqueFd>::failure(errno);
      }
      next = open_below(root, buffer, O_PATH, no_links);
    }
    if (to < size) buffer[to] = '/';
    parent = std::move(next);
    from = to + 1;
  }
  return parent;
}

}  // namespace stack::sandbox
