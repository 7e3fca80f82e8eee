// Execs in a file of the run folder, so that their ids outlive the engine: a line of JSON for each change, the last of an id counts.
//
// Loop thread only: the file lies in memory (the run folder is a tmpfs), so appending does not wait for a disk. It is written again from
// the start when most of it is outdated. What cannot be written is logged once, and execs go on without it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/unique_fd.h"
#include "engine/api/exec_backend.h"

namespace stack::service {

struct ExecRecord {
  api::ExecView view;
  bool started = false;
  std::uint64_t start_ticks = 0;  // of its process, as /proc/PID/stat has them: a number may be used again
};

class ExecJournal {
 public:
  explicit ExecJournal(std::filesystem::path path) : path_(std::move(path)) {}

  // In the order of their creation; lines that an older or killed engine left in another shape are left out.
  std::vector<ExecRecord> load();
  void append(const ExecRecord& record);
  // Whether `rewrite` should be called: it has grown by as much again, and by some megabytes.
  [[nodiscard]] bool is_long() const { return bytes_ > 2 * kept_bytes_ + (4 << 20); }
  void rewrite(const std::vector<ExecRecord>& records);

 private:
  void complain(const std::string& why);

  std::filesystem::path path_;
  UniqueFd file_;
  std::size_t bytes_ = 0, kept_bytes_ = 0;  // now; when it was written from the start
  bool complained_ = false;
};

}  // namespace stack::service
