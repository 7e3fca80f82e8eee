// Appends a container's output to its log (record.h). Used by the shim: no heap, no exceptions; one Writer a container,
// one thread. Its memory is the object itself, about 100 KiB, of which idle containers touch little, and the ring when
// there is one.
//
// Without a buffer the container waits for the disk; what the disk refuses is dropped. With one it waits for nothing; what
// the buffer cannot take is dropped as well. Either is counted, and reported by a record on the error stream as soon as
// records get through again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/sys/result.h"
#include "base/unique_fd.h"
#include "engine/logs/log_files.h"
#include "engine/logs/record.h"
#include "engine/logs/record_ring.h"

namespace stack::logs {

struct WriterSettings {
  std::uint64_t max_bytes = 0;     // a file is closed and the next begun once it holds as much; 0: never
  unsigned max_files = 1;          // how many remain
  bool prompt = false;             // text without a newline is written at once, for terminals
  std::uint64_t buffer_bytes = 0;  // of the ring (record_ring.h); 0: none
};

class Writer {
 public:
  Writer() noexcept = default;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Opens the log in `folder` (borrowed for the writer's life) for appending, behind what an earlier run left.
  sys::Status open(BorrowedFd folder, const WriterSettings& settings) noexcept;

  // Takes bytes that a stream gave, at the time `now_ns`.
  void append(Stream stream, const char* data, std::size_t size, std::int64_t now_ns) noexcept;
  // The stream has ended: so does its last line, whether its text still waits or is written already.
  void finish(Stream stream, std::int64_t now_ns) noexcept;
  // Waits until everything is written; there is no buffer any more.
  void close() noexcept;

  // Records that the disk refused and that have not been reported.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  // Of the file that is written; those below are full.
  [[nodiscard]] std::uint64_t generation() const noexcept { return files_.generation(); }

 private:
  struct Pending {
    std::array<char, kLineBytes> text;
    std::size_t size = 0;
    bool begun = false;  // the last record of this stream is a part of a line
  };
  static void frame(char* to, const Header& header, const char* text) noexcept;
  void put(Stream stream, std::uint8_t flags, const char* data, std::size_t size, std::int64_t now_ns) noexcept;
  void flush() noexcept;
  void end_cut_line(const Header& last) noexcept;
  void tell_losses() noexcept;
  void tell_loss(const char* what, std::uint64_t& lost) noexcept;

  LogFiles files_;
  RecordRing ring_;
  std::uint64_t sequence_ = 0;  // of the last record
  std::uint64_t dropped_ = 0;   // records that the disk refused since the last report
  std::uint64_t unfit_ = 0;     // records that the ring had no room for, the same
  std::uint64_t buffered_records_ = 0;
  std::int64_t last_ns_ = 0;
  bool prompt_ = false;
  Pending out_, err_;
  std::size_t buffered_ = 0;
  std::array<char, 64 * 1024> buffer_;
};

}  // namespace stack::logs
