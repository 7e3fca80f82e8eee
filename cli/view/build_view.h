// Shows how a build goes: BuildKit's plain lines, a picture that is drawn again (tty), one JSON object an event (rawjson), or nothing
// (quiet). One object per build; what it draws on follows the terminal's width.
#pragma once

#include <string>

#include "cli/view/build_lines.h"
#include "cli/view/build_steps.h"
#include "cli/view/live_picture.h"

namespace stack::cli {

enum class BuildMode { plain, tty, quiet, rawjson };

// Of --progress: auto, plain, tty, quiet (none), rawjson (json). Throws stack::Error(invalid).
BuildMode parse_build_mode(const std::string& text, const Terminal& terminal);

class BuildView {
 public:
  BuildView(BuildMode mode, Easel easel) : mode_(mode), live_(std::move(easel)) {}
  BuildView(const BuildView&) = delete;
  BuildView& operator=(const BuildView&) = delete;
  ~BuildView() { finish(); }

  void show(const api::BuildEvent& event);
  // Time has passed: to be called every LivePicture::kRedrawEvery.
  void tick();
  // Leaves the last picture on the screen.
  void finish();
  // As BuildKit's clients close a build that failed; nothing when it is to be quiet, or no step failed.
  [[nodiscard]] std::string failed_step() const;

 private:
  void draw(bool last);

  const BuildMode mode_;
  LivePicture live_;
  BuildProgress progress_;
  BuildLines lines_;
  bool finished_ = false;
};

}  // namespace stack::cli
