// Appends a container's output to its log (record.h). Used by the shim: no heap, no exceptions; one Writer a container,
// one thread. Its memory is the object itself, about 100 KiB, of which idle containers touch little.
//
// The writer never stalls its container: what the disk does not take is dropped, counted, and reported by a record on
// the error stream as soon as the disk takes records again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/base/unique_fd.h"
#include "engine/logs/record.h"
#include "engine/sys/result.h"

namespace stack::logs {

class Writer {
 public:
  Writer() noexcept = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Opens the log in `folder` (borrowed for the writer's life) for appending, behind what an earlier run left. A file
  // is closed and the next begun once it holds `max_bytes`; at most `max_files` remain. `prompt`: text without a
  // newline is written at once, for terminals.
  sys::Status open(BorrowedFd folder, std::uint64_t max_bytes, unsigned max_files, bool prompt) noexcept;

  // Takes bytes that a stream gave, at the time `now_ns`.
  void append(Stream stream, const char* data, std::size_t size, std::int64_t now_ns) noexcept;
  // The stream has ended: so does its last line, whether its text still waits or is written already.
  void finish(Stream stream, std::int64_t now_ns) noexcept;

  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  struct Pending {
    std::array<char, kLineBytes> text;
    std::size_t size = 0;
    bool begun = false;  // the last record of this stream is a part of a line
  };
  void put(Stream stream, std::uint8_t flags, const char* data, std::size_t size, std::int64_t now_ns) noexcept;
  void flush() noexcept;
  sys::Status open_generation(std::uint64_t generation, bool fresh) noexcept;
  bool adopt_tail() noexcept;
  void end_cut_line(const Header& last) noexcept;
  void remove_old() noexcept;

  int folder_ = -1;
  UniqueFd file_;
  std::uint64_t generation_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t max_bytes_ = 0;
  std::uint64_t sequence_ = 0;  // of the last record
  std::uint64_t dropped_ = 0;   // records lost since the last report
  std::uint64_t buffered_records_ = 0;
  std::int64_t last_ns_ = 0;
  unsigned max_files_ = 1;
  bool prompt_ = false;
  Pending out_, err_;
  std::size_t buffered_ = 0;
  std::array<char, 64 * 1024> buffer_;
};

}  // namespace stack::logs
