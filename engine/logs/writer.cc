#include "engine/logs/writer.h"

#include <cerrno>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace stack::logs {
namespace {

constexpr const char kPrefix[] = "log.";
constexpr std::size_t kPrefixSize = sizeof kPrefix - 1;
constexpr std::size_t kNameBytes = 32;

std::size_t decimal(char* to, std::uint64_t value) noexcept {
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  for (std::size_t i = 0; i < count; ++i) to[i] = digits[count - 1 - i];
  return count;
}

void name_of(std::uint64_t generation, char (&name)[kNameBytes]) noexcept {
  std::memcpy(name, kPrefix, kPrefixSize);
  name[kPrefixSize + decimal(name + kPrefixSize, generation)] = '\0';
}

std::uint64_t generation_of(const char* name) noexcept {
  if (std::strncmp(name, kPrefix, kPrefixSize) != 0) return 0;
  std::uint64_t value = 0;
  const char* digit = name + kPrefixSize;
  for (; *digit >= '0' && *digit <= '9' && value < (std::uint64_t{1} << 59); ++digit) {
    value = value * 10 + static_cast<std::uint64_t>(*digit - '0');
  }
  return *digit == '\0' ? value : 0;
}

struct LinuxDirent {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};

// opendir allocates; this visits the names with one buffer on the stack.
template <class Visit>
void each_generation(int folder, Visit&& visit) noexcept {
  const UniqueFd dir{::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!dir) return;
  alignas(8) char buffer[4096];
  for (;;) {
    const long n = ::syscall(SYS_getdents64, dir.get(), buffer, sizeof buffer);
    if (n <= 0) return;
    for (long at = 0; at < n;) {
      const auto* entry = reinterpret_cast<const LinuxDirent*>(buffer + at);
      if (const std::uint64_t generation = generation_of(entry->name)) visit(generation);
      at += entry->length;
    }
  }
}

bool read_exactly(int fd, void* to, std::size_t size, std::uint64_t offset) noexcept {
  return ::pread(fd, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

}  // namespace

sys::Status Writer::open(BorrowedFd folder, std::uint64_t max_bytes, unsigned max_files, bool prompt) noexcept {
  folder_ = folder.get();
  max_bytes_ = max_bytes;
  max_files_ = max_files == 0 ? 1 : max_files;
  prompt_ = prompt;
  std::uint64_t newest = 0;
  each_generation(folder_, [&](std::uint64_t generation) { newest = generation > newest ? generation : newest; });
  if (newest == 0) return open_generation(1, true);
  if (sys::Status status = open_generation(newest, false); !status) return status;
  return adopt_tail() ? sys::Status{} : open_generation(newest + 1, true);
}

sys::Status Writer::open_generation(std::uint64_t generation, bool fresh) noexcept {
  char name[kNameBytes];
  name_of(generation, name);
  const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_CREAT : 0);
  UniqueFd file{::openat(folder_, name, flags, 0640)};
  if (!file) return sys::Status{errno};
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return sys::Status{errno};
  file_ = std::move(file);
  generation_ = generation;
  size_ = static_cast<std::uint64_t>(info.st_size);
  if (fresh) remove_old();
  return sys::Status{};
}

// Finds the last record's number and says whether the file ends with a whole record, so that one may be put behind it.
bool Writer::adopt_tail() noexcept {
  Header header;
  std::uint32_t length = 0;
  if (size_ == 0) return true;
  if (size_ >= kFrameBytes && read_exactly(file_.get(), &length, sizeof length, size_ - sizeof length) &&
      length <= kLineBytes && size_ >= kFrameBytes + length &&
      read_exactly(file_.get(), &header, sizeof header, size_ - kFrameBytes - length) && plausible(header) &&
      header.length == length) {
    sequence_ = header.sequence;
    end_cut_line(header);
    return true;
  }
  for (std::uint64_t at = 0; at + kFrameBytes <= size_;) {
    if (!read_exactly(file_.get(), &header, sizeof header, at) || !plausible(header)) break;
    if (at + kFrameBytes + header.length > size_) break;
    sequence_ = header.sequence;
    at += kFrameBytes + header.length;
  }
  return false;
}

// A run that was cut off in a line does not share it with the next one.
void Writer::end_cut_line(const Header& last) noexcept {
  if ((last.flags & kPartial) == 0) return;
  put(last.stream, kNoNewline, "", 0, last.time_ns);
  flush();
}

void Writer::remove_old() noexcept {
  // A folder that somebody filled with names costs only this scan; names that are not ours are left alone.
  std::uint64_t old[64];
  std::size_t count = 0;
  each_generation(folder_, [&](std::uint64_t generation) {
    if (generation + max_files_ <= generation_ && count < 64) old[count++] = generation;
  });
  for (std::size_t i = 0; i < count; ++i) {
    char name[kNameBytes];
    name_of(old[i], name);
    ::unlinkat(folder_, name, 0);
  }
}

void Writer::append(Stream stream, const char* data, std::size_t size, std::int64_t now_ns) noexcept {
  Pending& pending = stream == Stream::out ? out_ : err_;
  while (size > 0) {
    const auto* newline = static_cast<const char*>(std::memchr(data, '\n', size));
    const std::size_t line = newline ? static_cast<std::size_t>(newline - data) : size;
    const std::size_t room = kLineBytes - pending.size;
    if (line > room) {
      std::memcpy(pending.text.data() + pending.size, data, room);
      put(stream, kPartial, pending.text.data(), kLineBytes, now_ns);
      pending.size = 0;
      data += room;
      size -= room;
      continue;
    }
    if (newline && pending.size == 0) {
      put(stream, 0, data, line, now_ns);
    } else {
      std::memcpy(pending.text.data() + pending.size, data, line);
      pending.size += line;
      if (newline) {
        put(stream, 0, pending.text.data(), pending.size, now_ns);
        pending.size = 0;
      }
    }
    const std::size_t used = line + (newline ? 1 : 0);
    data += used;
    size -= used;
  }
  if (prompt_ && pending.size > 0) {
    put(stream, kPartial, pending.text.data(), pending.size, now_ns);
    pending.size = 0;
  }
  flush();
}

void Writer::finish(Stream stream, std::int64_t now_ns) noexcept {
  Pending& pending = stream == Stream::out ? out_ : err_;
  if (pending.size > 0 || pending.begun) put(stream, kNoNewline, pending.text.data(), pending.size, now_ns);
  pending.size = 0;
  flush();
}

void Writer::put(Stream stream, std::uint8_t flags, const char* data, std::size_t size, std::int64_t now_ns) noexcept {
  if (buffered_ + kFrameBytes + size > buffer_.size()) flush();
  Header header;
  header.stream = stream;
  header.flags = flags;
  (stream == Stream::out ? out_ : err_).begun = (flags & kPartial) != 0;
  header.length = static_cast<std::uint32_t>(size);
  header.time_ns = now_ns;
  header.sequence = ++sequence_;
  char* to = buffer_.data() + buffered_;
  std::memcpy(to, &header, sizeof header);
  std::memcpy(to + sizeof header, data, size);
  std::memcpy(to + sizeof header + size, &header.length, sizeof header.length);
  buffered_ += kFrameBytes + size;
  ++buffered_records_;
  last_ns_ = now_ns;
}

void Writer::flush() noexcept {
  if (buffered_ == 0) return;
  if (max_bytes_ > 0 && size_ > 0 && size_ + buffered_ > max_bytes_) {
    // When there is no room even for a new file, going on in the old one is better than losing the lines.
    (void)open_generation(generation_ + 1, true);
  }
  std::size_t written = 0;
  while (written < buffered_) {
    const ssize_t n = ::write(file_.get(), buffer_.data() + written, buffered_ - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  const bool whole = written == buffered_;
  if (whole) {
    size_ += buffered_;
  } else {
    dropped_ += buffered_records_;
    // Half a record would hide everything behind it.
    if (written > 0 && ::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) {
      (void)open_generation(generation_ + 1, true);
    }
  }
  buffered_ = 0;
  buffered_records_ = 0;
  if (whole && dropped_ > 0) {
    char text[96] = "stack: the disk refused log records, lost: ";
    const std::size_t used = std::strlen(text);
    const std::size_t size = used + decimal(text + used, dropped_);
    const std::uint64_t lost = dropped_;
    dropped_ = 0;
    put(Stream::err, 0, text, size, last_ns_);
    flush();
    if (dropped_ > 0) dropped_ = lost;
  }
}

}  // namespace stack::logs
