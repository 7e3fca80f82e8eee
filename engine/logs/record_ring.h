// Records between a container that must not wait and a disk that may be slow: a ring of bytes, filled by the shim's thread and emptied into
// the log's files by one of its own. When it is full, the newest records are dropped, whole lines as far as that is possible, and
// counted. No heap, no exceptions; memory is what the ring has held at its fullest.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <pthread.h>

#include "base/sys/result.h"
#include "base/unique_fd.h"
#include "engine/logs/log_files.h"
#include "engine/logs/record.h"

namespace stack::logs {

class RecordRing {
 public:
  RecordRing() noexcept = default;
  RecordRing(const RecordRing&) = delete;
  RecordRing& operator=(const RecordRing&) = delete;
  ~RecordRing();

  // At least one record fits, however small `bytes` is. Starts the thread, which writes to `files` until close().
  sys::Status open(LogFiles& files, std::uint64_t bytes) noexcept;
  [[nodiscard]] bool is_open() const noexcept { return bytes_ != nullptr; }

  // Whole records, from the thread that opened the ring. Never waits.
  void push(const char* records, std::size_t size) noexcept;
  // Records that found no room, and those that the disk refused, since the last time.
  std::uint64_t take_dropped() noexcept;
  std::uint64_t take_refused() noexcept { return refused_.exchange(0, std::memory_order_relaxed); }
  // Waits until all that was pushed is written, and ends the thread.
  void close() noexcept;

 private:
  struct Line {
    bool kept_part = false;  // the last record that was kept is a part of a line
    bool dropping = false;   // the rest of a line that has lost a part
  };
  bool push_one(const Header& header, const char* record, std::size_t size) noexcept;
  bool room_for(std::size_t size) const noexcept;
  void copy_in(const char* from, std::size_t size) noexcept;
  void run() noexcept;
  std::size_t take_batch() noexcept;
  void wake() noexcept;

  LogFiles* files_ = nullptr;
  char* bytes_ = nullptr;  // the ring, and behind it the thread's batch
  std::size_t capacity_ = 0;
  std::uint64_t filled_ = 0;             // ever, by the filling thread
  std::atomic<std::uint64_t> head_ = 0;  // what of it the other may take
  std::atomic<std::uint64_t> tail_ = 0;  // what that has taken
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<bool> closing_ = false;
  std::uint64_t dropped_ = 0;
  Line out_, err_;
  UniqueFd bell_;
  pthread_t thread_{};
};

}  // namespace stack::logs
