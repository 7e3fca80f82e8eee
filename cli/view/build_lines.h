// A build as lines, as BuildKit's plain progress has them: "#5 [2/3] RUN make", "#5 0.123 text", "#5 DONE 0.4s", "#5 CACHED",
// "#5 ERROR: process ...". One object per build; memory is a few lines a step.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "engine/api/build_backend.h"

namespace stack::cli {

class BuildLines {
 public:
  // What there is to print, whole lines or nothing.
  std::string take(const api::BuildEvent& event, Mono now);
  // The first step that failed and the last lines that it wrote, between rules; nothing when none did.
  [[nodiscard]] std::string failed_step() const;

 private:
  struct Step {
    std::string name, pending;     // the beginning of a line that has not ended
    std::deque<std::string> last;  // of its lines
    Mono since{};
  };
  static constexpr std::size_t kPendingMax = 64 << 10;  // bytes of a line
  static constexpr std::size_t kLastLines = 10;

  std::string operator()(const api::BuildWarning& e);
  std::string operator()(const api::BuildStepStarted& e);
  std::string operator()(const api::BuildStepOutput& e);
  std::string operator()(const api::BuildStepBytes& e);
  std::string operator()(const api::BuildStepEnded& e);
  std::string operator()(const api::BuildDone& e);
  std::string operator()(const api::BuildFailed& e);
  // The head of a step whose lines follow others'.
  std::string turn_to(int step);
  std::string line(int step, Step& of, std::string_view text);

  std::map<int, Step> steps_;
  int failed_ = 0;  // 0: none
  int last_ = 0;    // whose lines stand above; 0: none's
  Mono now_{};
};

}  // namespace stack::cli
