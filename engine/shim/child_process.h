// A process that the shim has made and waits for. When it lives in the pid namespace of others, it begins as a forerunner
// that makes the real one (engine/sandbox/child_birth.h) and ends. No heap.
//
// States: none -> begun (the child, perhaps a forerunner) -> replaced (the real one; the forerunner is ending) -> none.
#pragma once

#include "base/unique_fd.h"

namespace stack::shim {

class ChildProcess {
 public:
  explicit operator bool() const noexcept { return static_cast<bool>(pidfd_); }
  [[nodiscard]] int pid() const noexcept { return pid_; }
  [[nodiscard]] BorrowedFd pidfd() const noexcept { return pidfd_; }

  void begin(int pid, UniqueFd pidfd) noexcept;
  // Goes on with the process that the forerunner has made, and kills the forerunner, which has nothing left to do: a neighbour that
  // shares the host's pid namespace may have stopped it. False, and nothing changes, when it has been replaced before or `pidfd` is
  // not of a child of the shim: what is said in its name may be a neighbour's word.
  bool replace(UniqueFd pidfd) noexcept;
  [[nodiscard]] bool replaced() const noexcept { return forerunner_ != 0; }
  // Waits for a forerunner, which replace() has killed.
  void bury_forerunner() noexcept;
  // Kills what there is and waits for it.
  void kill() noexcept;
  // Forgets a process that has been waited for.
  void forget() noexcept;

 private:
  int pid_ = 0;
  int forerunner_ = 0;
  UniqueFd pidfd_;
};

}  // namespace stack::shim
