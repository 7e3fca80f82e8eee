// The lock files of an engine: stackd.pid in its run folder and engine.lock in its root. The engine holds a flock(2) on both
// while it lives. Both begin with its process ID; engine.lock names its run folder in a second line.
//
// Any thread. Locking throws stack::Error for a file that cannot be opened or written.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/engine_tree.h"
#include "base/unique_fd.h"

namespace stack::sys {

struct LockHolder {
  pid_t pid = 0;
  std::filesystem::path run;  // its run folder, where the file names it
  UniqueFd process;           // pinned before its name was read: a reused process ID harms no other program
  // Whether `folder` is its run folder, however that is spelled.
  [[nodiscard]] bool serves(const std::filesystem::path& folder) const;
};

inline std::filesystem::path run_lock_file(const std::filesystem::path& run) { return run / "stackd.pid"; }
inline std::filesystem::path root_lock_file(const std::filesystem::path& root) { return root / tree::kRootMark; }

// The engine that holds the lock `file`; nothing when no stackd that lives does.
std::optional<LockHolder> lock_holder(const std::filesystem::path& file);

// An open lock file. The lock ends with the descriptor or with the process.
class EngineLock {
 public:
  // Opens `file`, which is made with `mode` where there is none.
  EngineLock(std::filesystem::path file, mode_t mode);
  // Takes the lock unless another process has it. A file that was removed or replaced meanwhile is opened again.
  bool try_lock();
  // Writes who holds it: this process, and `run` unless that is empty.
  void sign(const std::filesystem::path& run) const;

 private:
  void open();

  std::filesystem::path file_;
  mode_t mode_;
  UniqueFd fd_;
};

}  // namespace stack::sys
