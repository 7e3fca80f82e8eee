// Shows what an operation tells, on stderr: one line an event (plain), a picture that is drawn again (tty), one JSON object an event
// (json), or nothing but warnings (quiet).
//
// One object per operation. The size of the terminal is asked at each drawing. From finish() on nothing that stands
// on the screen is touched any more.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/view/easel.h"
#include "cli/view/live_picture.h"
#include "cli/view/progress.h"
#include "cli/view/terminal.h"
#include "engine/api/report.h"

namespace stack::cli {

enum class ProgressMode { plain, tty, json, quiet };

// "auto" is tty on a terminal that can move its cursor and plain elsewhere. Throws stack::Error(invalid) for an unknown word.
ProgressMode parse_progress_mode(const std::string& text, const Terminal& terminal);

class ProgressView {
 public:
  static constexpr Nanos kRedrawEvery = LivePicture::kRedrawEvery;

  // `project`: which the names of its resources begin with.
  ProgressView(ProgressMode mode, Easel easel, std::string project = {}) : mode_(mode), live_(std::move(easel)) {
    progress_.project = std::move(project);
  }
  ProgressView(const ProgressView&) = delete;
  ProgressView& operator=(const ProgressView&) = delete;
  ~ProgressView() { finish(); }

  void show(const api::Report& report);
  // Time has passed: to be called every kRedrawEvery.
  void tick();
  // Leaves the last picture on the screen.
  void finish();
  // What has been told so far, in every mode.
  [[nodiscard]] const Progress& progress() const { return progress_; }
  // Calls `write`, which writes whole lines to the same terminal: they stand above the picture, which goes on below.
  void above(const std::function<void()>& write);

 private:
  void put_line(const std::string& line) const;
  void paint(const api::Report& report);
  void draw(bool last);
  void put(const std::string& text) const { live_.easel().write(text); }

  ProgressMode mode_;
  LivePicture live_;
  Progress progress_;
  bool finished_ = false;
};

}  // namespace stack::cli
