// A build as lines, as BuildKit's plain progress has them: "#5 [2/3] RUN make", "#5 0.123 text", "#5 DONE 0.4s", "#5 CACHED",
// "#5 ERROR: exit code 2". One object per build; memory is one unfinished line a step.
#pragma once

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

 private:
  struct Step {
    std::string name, pending;  // the beginning of a line that has not ended
    Mono since{};
  };
  static constexpr std::size_t kPendingMax = 64 << 10;  // bytes of a line

  std::string operator()(const api::BuildWarning& e);
  std::string operator()(const api::BuildStepStarted& e);
  std::string operator()(const api::BuildStepOutput& e);
  std::string operator()(const api::BuildStepBytes& e);
  std::string operator()(const api::BuildStepEnded& e);
  std::string operator()(const api::BuildDone& e);
  std::string operator()(const api::BuildFailed& e);
  // The head of a step whose lines follow others'.
  std::string turn_to(int step);
  [[nodiscard]] std::string line(int step, const Step& of, std::string_view text) const;

  std::map<int, Step> steps_;
  int last_ = 0;  // whose lines stand above; 0: none's
  Mono now_{};
};

}  // namespace stack::cli
