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
constexpr int kLinksMax = 40;  // as the kernel follows

sys::Result<UniqueFd> open_below(BorrowedFd root, const char* path, std::uint64_t flags, bool no_links) noexcept {
  return no_links ? sys::open_in_root_no_links(root, path, flags, 0) : sys::open_in_root(root, path, flags, 0);
}

// What stood where a folder or file was to be made: the part [from, to) of the path, in `parent`.
struct Obstacle {
  UniqueFd parent;
  std::size_t from = 0, to = 0;
};

// EEXIST for a name that is there and leads nowhere.
sys::Result<UniqueFd> make_missing(BorrowedFd root, char* path, bool folder, bool no_links,
                                   Obstacle& obstacle) noexcept {
  auto parent = open_below(root, "/", O_PATH | O_DIRECTORY, no_links);
  for (std::size_t from = 0; parent;) {
    while (path[from] == '/') ++from;
    if (path[from] == '\0') break;
    const std::size_t to = from + std::strcspn(path + from, "/");
    const bool last = path[to + std::strspn(path + to, "/")] == '\0';
    const char kept = path[to];
    path[to] = '\0';
    auto next = open_below(root, path, O_PATH, no_links);
    if (!next && next.err() == ENOENT) {
      int failed = 0;
      if (folder || !last) {
        failed = ::mkdirat(parent->get(), path + from, 0755) == 0 ? 0 : errno;
      } else {
        const UniqueFd made{
            ::openat(parent->get(), path + from, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
        failed = made ? 0 : errno;
      }
      if (failed == 0) next = open_below(root, path, O_PATH, no_links);
      if (failed == EEXIST) obstacle = {std::move(*parent), from, to};
      if (failed != 0) next = sys::Result<UniqueFd>::failure(failed);
    }
    path[to] = kept;
    parent = std::move(next);
    from = to;
  }
  return parent;
}

// Puts the target of the link that the obstacle is into the path: what is missing is made where the link leads to. An errno;
// 0 also for what is no link, which somebody else has made meanwhile.
int follow_link(const Obstacle& obstacle, char* path) noexcept {
  char name[kPathMax], target[kPathMax];
  const std::size_t length = obstacle.to - obstacle.from;
  std::memcpy(name, path + obstacle.from, length);
  name[length] = '\0';
  const ssize_t got = ::readlinkat(obstacle.parent.get(), name, target, sizeof target);
  if (got < 0) return errno == EINVAL ? 0 : errno;
  const std::size_t size = static_cast<std::size_t>(got), rest = std::strlen(path + obstacle.to) + 1;
  const std::size_t at = target[0] == '/' ? 0 : obstacle.from;
  if (at + size + rest > kPathMax) return ENAMETOOLONG;
  std::memmove(path + at + size, path + obstacle.to, rest);
  std::memcpy(path + at, target, size);
  return 0;
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
  for (int links = 0; links < kLinksMax; ++links) {
    Obstacle obstacle;
    auto made = make_missing(root, buffer, folder, no_links, obstacle);
    if (made || made.err() != EEXIST || no_links) return made;
    if (const int failed = follow_link(obstacle, buffer); failed != 0) return sys::Result<UniqueFd>::failure(failed);
  }
  return sys::Result<UniqueFd>::failure(ELOOP);
}

}  // namespace stack::sandbox
