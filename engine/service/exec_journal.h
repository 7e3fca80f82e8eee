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
  // Whether it has so many lines that `rewrite` should be called, when `kept` of them still count.
  [[nodiscard]] bool is_long(std::size_t kept) const { return lines_ > 2 * kept + 1000; }
  void rewrite(const std::vector<ExecRecord>& records);

 private:
  void complain(const std::string& why);

  std::filesystem::path path_;
  UniqueFd file_;
  std::size_t lines_ = 0;
  bool complained_ = false;
};

}  // namespace stack::service
