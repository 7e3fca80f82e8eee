// Compresses the full files of a container's log (engine/logs/compress.h), one after another, oldest first, each in a child process of low
// priority: the shim itself never waits for it. Children end with the shim; what they leave undone, the next run does. No heap.
#pragma once

#include <cstdint>

#include "base/unique_fd.h"

namespace stack::shim {

class Compressor {
 public:
  // `log_folder` is borrowed for this object's life.
  void enable(BorrowedFd log_folder) noexcept { folder_ = log_folder.get(); }
  // Begins with what is full now, unless a child is at work, or nothing has changed since there was nothing to do. `newest`: the
  // generation that is written.
  void tend(std::uint64_t newest) noexcept;
  // To wait for with poll(2): readable when the child has ended; not valid while there is none.
  [[nodiscard]] BorrowedFd pidfd() const noexcept { return pidfd_; }
  [[nodiscard]] bool working() const noexcept { return static_cast<bool>(pidfd_); }
  // Takes the end of the child.
  void attend() noexcept;
  // Ends the child.
  void stop() noexcept;

 private:
  int folder_ = -1;
  std::uint64_t settled_ =
      0;  // below this generation nothing is left to do, or not worth another try before the next one
  std::uint64_t newest_ = 0;
  UniqueFd pidfd_;
};

}  // namespace stack::shim
