#include "base/given_file.h"

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/unique_fd.h"

namespace stack {
namespace {

constexpr std::size_t kPieceBytes = 64 << 10;

bool is_named_pipe(BorrowedFd fd) {
  struct stat about {};
  struct statfs on {};
  return ::fstat(fd.get(), &about) == 0 && S_ISFIFO(about.st_mode) && ::fstatfs(fd.get(), &on) == 0 &&
         on.f_type != PIPEFS_MAGIC;
}

// False when nothing came for so long; -1 waits without end.
bool wait_for_content(BorrowedFd fd, int milliseconds) {
  pollfd wait{fd.get(), POLLIN, 0};
  return ::poll(&wait, 1, milliseconds) > 0;
}

}  // namespace

std::optional<std::string> read_given_file(const std::filesystem::path& path, std::size_t max_bytes,
                                           std::chrono::milliseconds writer_wait) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!fd) throw Error::from_errno(errno, "opening " + path.string());
  std::string content;
  std::vector<char> piece(kPieceBytes);
  // A named pipe reads as empty until somebody has opened its other end.
  bool has_writer = !is_named_pipe(fd), waited = false;
  for (;;) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) throw Error::from_errno(errno, "reading " + path.string());
    if (got < 0) {
      has_writer = true;
      static_cast<void>(wait_for_content(fd, -1));
    } else if (got > 0) {
      has_writer = true;
      content.append(piece.data(), static_cast<std::size_t>(got));
      if (content.size() > max_bytes)
        throw Error(ErrorKind::invalid, path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
    } else if (has_writer) {
      return content;
    } else if (waited) {
      throw Error(ErrorKind::unavailable, path.string() + " is a pipe that nothing has opened for writing");
    } else {
      has_writer = wait_for_content(fd, static_cast<int>(writer_wait.count()));
      waited = true;
    }
  }
}

}  // namespace stack
