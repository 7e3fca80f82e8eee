#include "engine/logs/reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "engine/logs/decompress.h"
#include "engine/logs/file_names.h"

namespace stack::logs {
namespace {

constexpr std::size_t kWindowBytes = 256 * 1024;
static_assert(kWindowBytes > 2 * (kLineBytes + kFrameBytes));

// Of files that may be read, in their order; one that is being compressed counts once.
std::vector<std::uint64_t> generations(const std::filesystem::path& folder) {
  std::vector<std::uint64_t> found;
  std::error_code err;
  for (const auto& entry : std::filesystem::directory_iterator(folder, err)) {
    const FileName name = parse_file_name(entry.path().filename().c_str());
    if (name.kind == FileKind::plain || name.kind == FileKind::compressed) found.push_back(name.generation);
  }
  if (err && err != std::errc::no_such_file_or_directory) {
    throw Error::from_errno(err.value(), "reading log folder " + folder.string());
  }
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  return found;
}

UniqueFd open_file(const std::filesystem::path& folder, std::uint64_t generation, FileKind kind) {
  NameText name;
  write_file_name(generation, kind, name);
  const std::filesystem::path path = folder / name;
  UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd && errno != ENOENT) throw Error::from_errno(errno, "opening log " + path.string());
  return fd;
}

// Nothing when it has been rotated away. The plain file goes after its compressed one has come: one of them is there.
UniqueFd open_generation(const std::filesystem::path& folder, std::uint64_t generation) {
  UniqueFd plain = open_file(folder, generation, FileKind::plain);
  if (plain) return plain;
  const UniqueFd packed = open_file(folder, generation, FileKind::compressed);
  return packed ? decompressed(packed, folder) : UniqueFd{};
}

std::uint64_t size_of(BorrowedFd fd) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) throw Error::from_errno(errno, "looking at a log file");
  return static_cast<std::uint64_t>(info.st_size);
}

// Reads [from, from + size) as far as the file goes.
std::size_t read_at(BorrowedFd fd, std::uint64_t from, char* to, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(fd.get(), to + got, size - got, static_cast<off_t>(from + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error::from_errno(errno, "reading a log file");
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

// Whether a whole record starts at `data`; gives its header.
bool whole_record(const char* data, std::size_t size, Header& header) {
  if (size < kFrameBytes) return false;
  std::memcpy(&header, data, sizeof header);
  if (!plausible(header) || size < kFrameBytes + header.length) return false;
  std::uint32_t behind = 0;
  std::memcpy(&behind, data + sizeof header + header.length, sizeof behind);
  return behind == header.length;
}

// Where the whole records of a file end: its size but for a torn tail.
std::uint64_t end_of_records(BorrowedFd fd) {
  const std::uint64_t size = size_of(fd);
  std::uint32_t length = 0;
  Header header;
  if (size >= kFrameBytes && read_at(fd, size - sizeof length, reinterpret_cast<char*>(&length), sizeof length) == 4 &&
      length <= kLineBytes && size >= kFrameBytes + length &&
      read_at(fd, size - kFrameBytes - length, reinterpret_cast<char*>(&header), sizeof header) == sizeof header &&
      plausible(header) && header.length == length) {
    return size;
  }
  std::vector<char> chunk(kWindowBytes);
  std::uint64_t at = 0;
  for (;;) {
    const std::size_t got = read_at(fd, at, chunk.data(), chunk.size());
    std::size_t used = 0;
    while (whole_record(chunk.data() + used, got - used, header)) used += kFrameBytes + header.length;
    if (used == 0) return at;
    at += used;
  }
}

}  // namespace

Reader::Reader(std::filesystem::path folder) : folder_(std::move(folder)) {}

Cursor Reader::begin() const {
  const auto all = generations(folder_);
  return all.empty() ? Cursor{} : Cursor{all.front(), 0};
}

Cursor Reader::end() const {
  const auto all = generations(folder_);
  for (auto generation = all.rbegin(); generation != all.rend(); ++generation) {
    if (const UniqueFd fd = open_generation(folder_, *generation)) return {*generation, end_of_records(fd)};
  }
  return {};
}

Cursor Reader::tail(std::uint64_t lines) const {
  if (lines == 0) return end();
  const auto all = generations(folder_);
  std::uint64_t found = 0;
  Cursor best{};
  for (auto generation = all.rbegin(); generation != all.rend(); ++generation) {
    const UniqueFd fd = open_generation(folder_, *generation);
    if (!fd) break;
    std::uint64_t window_end = end_of_records(fd);
    std::uint64_t at = window_end;
    std::vector<char> chunk;
    std::uint64_t window_start = window_end;
    best = {*generation, at};
    while (at > 0) {
      if (at - window_start < kFrameBytes + kLineBytes && window_start > 0) {
        window_end = at;
        window_start = window_end > kWindowBytes ? window_end - kWindowBytes : 0;
        chunk.resize(window_end - window_start);
        if (read_at(fd, window_start, chunk.data(), chunk.size()) != chunk.size()) return best;
      }
      std::uint32_t length = 0;
      const std::size_t here = at - window_start;
      if (here < kFrameBytes) return best;
      std::memcpy(&length, chunk.data() + here - sizeof length, sizeof length);
      Header header;
      if (length > kLineBytes || here < kFrameBytes + length ||
          !whole_record(chunk.data() + here - kFrameBytes - length, kFrameBytes + length, header)) {
        return best;
      }
      // The last piece of a line ends it; the pieces before it belong to the same line.
      if ((header.flags & kPartial) == 0 || found == 0) {
        if (found == lines) return best;
        ++found;
      }
      at -= kFrameBytes + length;
      best = {*generation, at};
    }
  }
  return best;
}

bool Reader::read(Cursor& cursor, const Range& range, std::vector<Entry>& out, std::size_t max_bytes) {
  std::vector<char> chunk;
  std::size_t taken = 0;
  for (;;) {
    if (cursor.generation == 0) {
      cursor = begin();
      if (cursor.generation == 0) return false;
    }
    if (open_generation_ != cursor.generation || !file_) {
      file_ = open_generation(folder_, cursor.generation);
      open_generation_ = cursor.generation;
    }
    // Asked before reading: what is written to this file after a newer one exists is nothing.
    const auto all = generations(folder_);
    const auto newer = std::ranges::upper_bound(all, cursor.generation);
    if (file_) {
      for (;;) {
        chunk.resize(kWindowBytes);
        const std::size_t got = read_at(file_, cursor.offset, chunk.data(), chunk.size());
        std::size_t used = 0;
        Header header;
        while (whole_record(chunk.data() + used, got - used, header)) {
          const Wall time{Nanos{header.time_ns}};
          if ((!range.since || time >= *range.since) && (!range.until || time <= *range.until)) {
            out.push_back({header.stream, (header.flags & kPartial) != 0, (header.flags & kNoNewline) != 0, time,
                           header.sequence, std::string(chunk.data() + used + sizeof header, header.length)});
            taken += header.length + sizeof(Entry);
          }
          used += kFrameBytes + header.length;
          if (taken >= max_bytes) {
            cursor.offset += used;
            return true;
          }
        }
        cursor.offset += used;
        if (used == 0) break;
      }
    }
    if (newer == all.end()) return false;
    cursor = {*newer, 0};
  }
}

std::uint64_t bytes_on_disk(const std::filesystem::path& folder) {
  std::uint64_t total = 0;
  for (const std::uint64_t generation : generations(folder)) {
    for (const FileKind kind : {FileKind::plain, FileKind::compressed}) {
      if (const UniqueFd fd = open_file(folder, generation, kind)) total += size_of(fd);
    }
  }
  return total;
}

}  // namespace stack::logs
