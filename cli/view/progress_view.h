// What an operation tells, on stderr: one line an event (plain), a block that is redrawn (tty), one JSON object an event (json),
// or nothing but warnings (quiet).
//
// One object per operation; finish() leaves the last state on the screen.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/view/terminal.h"
#include "engine/api/backend.h"

namespace stack::cli {

enum class ProgressMode { plain, tty, json, quiet };

// "auto" is tty on a terminal and plain elsewhere. Throws stack::Error(invalid) for an unknown word.
ProgressMode parse_progress_mode(const std::string& text, const Terminal& terminal);

class ProgressView {
 public:
  ProgressView(ProgressMode mode, Terminal terminal) : mode_(mode), terminal_(terminal) {}
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;
  ~ProgressView() { finish(); }

  void show(const api::Report& report);
  void finish();

 private:
  struct Line {
    api::Report report;
    std::chrono::steady_clock::time_point since, until;
    bool over = false;
  };
  void redraw(bool last);
  void show_part(const api::Report& report);

  ProgressMode mode_;
  Terminal terminal_;
  std::vector<std::string> order_;
  std::map<std::string, Line> lines_;
  // Bytes done and wanted of each part, by what it belongs to.
  std::map<std::string, std::map<std::string, std::pair<std::uint64_t, std::uint64_t>>> parts_;
  std::size_t drawn_ = 0;
  std::chrono::steady_clock::time_point drawn_at_{};
  bool finished_ = false;
};

}  // namespace stack::cli
