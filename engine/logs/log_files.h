// The files of a log that is being written (record.h): appends records to the newest, begins the next one when it is full, and removes
// the oldest. No heap, no exceptions; one thread, but for generation(), which any may ask.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/sys/result.h"
#include "base/unique_fd.h"
#include "engine/logs/record.h"

namespace stack::logs {

class LogFiles {
 public:
  LogFiles() noexcept = default;
  LogFiles(const LogFiles&) = delete;
  LogFiles& operator=(const LogFiles&) = delete;

  // Opens the log in `folder` (borrowed for this object's life) behind what an earlier run left, and fills in `last`: its last record,
  // with sequence 0 when there is none.
  sys::Status open(BorrowedFd folder, std::uint64_t max_bytes, unsigned max_files, Header& last) noexcept;
  // Whole records. False when the disk refuses them: nothing of them remains then.
  bool write(const char* records, std::size_t size) noexcept;
  // Of the file that is written; those below are full.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }

 private:
  sys::Status open_generation(std::uint64_t generation, bool fresh) noexcept;
  bool adopt_tail(Header& last) const noexcept;
  void remove_old() noexcept;

  int folder_ = -1;
  UniqueFd file_;
  std::atomic<std::uint64_t> generation_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t max_bytes_ = 0;
  unsigned max_files_ = 1;
};

}  // namespace stack::logs
