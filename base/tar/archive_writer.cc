#include "base/tar/archive_writer.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/tar/tar_encode.h"

namespace stack::tar {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;
constexpr const char* kDoing = "writing the archive";

}  // namespace

ArchiveWriter::ArchiveWriter(BorrowedFd to) : to_(to), buffer_(kBufferBytes) {}

void ArchiveWriter::begin(const Entry& entry) { put(header_of(entry)); }

void ArchiveWriter::content(std::string_view bytes) {
  put(bytes);
  put(padding_of(bytes.size()));
}

bool ArchiveWriter::content(BorrowedFd from, std::uint64_t size, std::string_view path) {
  std::uint64_t done = size < kMovedMin ? 0 : move(from, size);
  done += copy(from, size - done, path);
  const bool whole = done == size;
  const std::string zeros(std::min<std::uint64_t>(size - done, kBufferBytes), '\0');
  for (; done < size; done += std::min<std::uint64_t>(size - done, zeros.size()))
    put(std::string_view{zeros}.substr(0, std::min<std::uint64_t>(size - done, zeros.size())));
  put(padding_of(size));
  return whole;
}

void ArchiveWriter::end() {
  put(end_mark());
  flush();
}

void ArchiveWriter::put(std::string_view bytes) {
  if (bytes.size() > buffer_.size() - used_) flush();
  if (bytes.size() > buffer_.size()) return write_all(to_, bytes, kDoing);
  std::copy(bytes.begin(), bytes.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ += bytes.size();
}

void ArchiveWriter::flush() {
  if (used_ > 0) write_all(to_, {buffer_.data(), used_}, kDoing);
  used_ = 0;
}

// How much the kernel has moved: less where the file ends, or when one of both cannot do that.
std::uint64_t ArchiveWriter::move(BorrowedFd from, std::uint64_t size) {
  flush();
  for (std::uint64_t left = size; left > 0;) {
    const ssize_t moved = ::splice(from.get(), nullptr, to_.get(), nullptr, left, 0);
    if (moved > 0) {
      left -= static_cast<std::uint64_t>(moved);
    } else if (moved == 0 || errno == EINVAL) {
      return size - left;
    } else if (errno != EINTR) {
      throw Error::from_errno(errno, kDoing);
    }
  }
  return size;
}

// How much the file still had.
std::uint64_t ArchiveWriter::copy(BorrowedFd from, std::uint64_t size, std::string_view path) {
  for (std::uint64_t left = size; left > 0;) {
    if (used_ == buffer_.size()) flush();
    const auto room = std::min<std::uint64_t>(left, buffer_.size() - used_);
    const ssize_t got = ::read(from.get(), buffer_.data() + used_, room);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, "reading " + std::string{path});
    if (got == 0) return size - left;
    used_ += static_cast<std::size_t>(got);
    left -= static_cast<std::uint64_t>(got);
  }
  return size;
}

}  // namespace stack::tar
