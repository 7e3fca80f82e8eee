#include "engine/image/copy_file.h"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/image/file_attributes.h"

namespace stack::image {
namespace {

constexpr std::size_t kCopyBytes = 64 << 10;

Error failed(const std::string& step, const std::string& name) { return Error::from_errno(errno, step + " " + name); }

// The bytes from `at` to `end` of a file.
void copy_range(BorrowedFd from, BorrowedFd to, off_t at, off_t end, const std::string& name) {
  off_t in = at, out = at;
  while (in < end) {
    const ssize_t copied = ::copy_file_range(from.get(), &in, to.get(), &out, static_cast<std::size_t>(end - in), 0);
    if (copied == 0) return;  // it became shorter
    if (copied > 0) continue;
    if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP) throw failed("copying", name);
    break;
  }
  std::array<char, kCopyBytes> block;
  while (in < end) {
    const ssize_t got =
        ::pread(from.get(), block.data(), std::min<std::size_t>(block.size(), static_cast<std::size_t>(end - in)), in);
    if (got < 0) throw failed("reading", name);
    if (got == 0) return;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = ::pwrite(to.get(), block.data() + done, static_cast<std::size_t>(got - done), in + done);
      if (put < 0) throw failed("writing", name);
      done += put;
    }
    in += got;
  }
}

}  // namespace

void copy_content(BorrowedFd from, BorrowedFd to, off_t size, const std::string& name) {
  if (::ioctl(to.get(), FICLONE, from.get()) == 0) return;
  // Holes stay holes: what is 2 GB long may take up 4 kB.
  for (off_t at = 0; at < size;) {
    const off_t data = ::lseek(from.get(), at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    const off_t begin = data < 0 ? at : data;
    off_t end = ::lseek(from.get(), begin, SEEK_HOLE);
    if (end < 0) end = size;
    copy_range(from, to, begin, end, name);
    at = end;
  }
  if (::ftruncate(to.get(), size) != 0) throw failed("setting the size of", name);
}

void copy_ownership(BorrowedFd from, BorrowedFd to, const struct stat& about, const std::string& name) {
  if (::fchown(to.get(), about.st_uid, about.st_gid) != 0) throw failed("setting the owner of", name);
  if (::fchmod(to.get(), about.st_mode & 07777) != 0) throw failed("setting the mode of", name);
  copy_attributes(from, to);
  const std::array<timespec, 2> times{about.st_atim, about.st_mtim};
  ::futimens(to.get(), times.data());
}

void copy_file(BorrowedFd from, BorrowedFd to, const std::string& name, const struct stat& about) {
  const UniqueFd source{::openat(from.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  const UniqueFd made{::openat(to.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!source || !made) throw failed("opening", name);
  copy_content(source, made, about.st_size, name);
  copy_ownership(source, made, about, name);
}

}  // namespace stack::image
