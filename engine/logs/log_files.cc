#include "engine/logs/log_files.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/logs/file_names.h"

namespace stack::logs {
namespace {

bool read_exactly(int fd, void* to, std::size_t size, std::uint64_t offset) noexcept {
  return ::pread(fd, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

void remove_file(int folder, const FileName& file) noexcept {
  NameText name;
  write_file_name(file.generation, file.kind, name);
  ::unlinkat(folder, name, 0);
}

}  // namespace

sys::Status LogFiles::open(BorrowedFd folder, std::uint64_t max_bytes, unsigned max_files, Header& last) noexcept {
  folder_ = folder.get();
  max_bytes_ = max_bytes;
  max_files_ = max_files == 0 ? 1 : max_files;
  last = {};
  FileName newest;
  each_file(folder_, [&](const FileName& file) {
    if (file.kind == FileKind::unfinished) {
      remove_file(folder_, file);  // of a run that was cut off
    } else if (file.generation > newest.generation ||
               (file.generation == newest.generation && file.kind == FileKind::plain)) {
      newest = file;
    }
  });
  if (newest.kind != FileKind::plain) return open_generation(newest.generation + 1, true);
  if (sys::Status status = open_generation(newest.generation, false); !status) return status;
  return adopt_tail(last) ? sys::Status{} : open_generation(newest.generation + 1, true);
}

sys::Status LogFiles::open_generation(std::uint64_t generation, bool fresh) noexcept {
  NameText name;
  write_file_name(generation, FileKind::plain, name);
  const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_CREAT : 0);
  UniqueFd file{::openat(folder_, name, flags, 0640)};
  if (!file) return sys::Status{errno};
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return sys::Status{errno};
  file_ = std::move(file);
  generation_.store(generation, std::memory_order_release);
  size_ = static_cast<std::uint64_t>(info.st_size);
  if (fresh) remove_old();
  return sys::Status{};
}

// Finds the last record and says whether the file ends with it whole, so that one may be put behind it.
bool LogFiles::adopt_tail(Header& last) const noexcept {
  Header header;
  std::uint32_t length = 0;
  if (size_ == 0) return true;
  if (size_ >= kFrameBytes && read_exactly(file_.get(), &length, sizeof length, size_ - sizeof length) &&
      length <= kLineBytes && size_ >= kFrameBytes + length &&
      read_exactly(file_.get(), &header, sizeof header, size_ - kFrameBytes - length) && plausible(header) &&
      header.length == length) {
    last = header;
    return true;
  }
  for (std::uint64_t at = 0; at + kFrameBytes <= size_;) {
    if (!read_exactly(file_.get(), &header, sizeof header, at) || !plausible(header)) break;
    if (at + kFrameBytes + header.length > size_) break;
    last = header;
    at += kFrameBytes + header.length;
  }
  return false;
}

void LogFiles::remove_old() noexcept {
  // A folder that somebody filled with names costs only this scan; names that are not ours are left alone.
  FileName old[64];
  std::size_t count = 0;
  each_file(folder_, [&](const FileName& file) {
    if (file.generation + max_files_ <= generation() && count < 64) old[count++] = file;
  });
  for (std::size_t i = 0; i < count; ++i) remove_file(folder_, old[i]);
}

bool LogFiles::write(const char* records, std::size_t size) noexcept {
  if (max_bytes_ > 0 && size_ > 0 && size_ + size > max_bytes_) {
    // When there is no room even for a new file, going on in the old one is better than losing the lines.
    (void)open_generation(generation() + 1, true);
  }
  std::size_t written = 0;
  while (written < size) {
    const ssize_t n = ::write(file_.get(), records + written, size - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  if (written == size) {
    size_ += size;
    return true;
  }
  // Half a record would hide everything behind it.
  if (written > 0 && ::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) {
    (void)open_generation(generation() + 1, true);
  }
  return false;
}

}  // namespace stack::logs
