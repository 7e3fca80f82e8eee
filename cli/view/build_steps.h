// What a build has said so far, added up: a step each, in the order in which they appeared. Pure; painters make pictures of it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/api/build_backend.h"

namespace stack::cli {

struct BuildStep {
  enum class State { running, done, cached, failed };
  static constexpr std::size_t kTailLines = 6;    // that are kept of its output
  static constexpr std::size_t kLineBytes = 400;  // of one of them

  int number = 0;
  std::string name, cause;
  State state = State::running;
  Mono since{};
  Nanos took{0};                         // once it has ended
  std::uint64_t current = 0, total = 0;  // bytes
  std::deque<std::string> tail;          // its last lines of output; the very last may still grow
  bool open_line = false;                // it does
  std::string error;
};

struct BuildProgress {
  std::vector<BuildStep> steps;
  std::vector<std::string> warnings;
  Mono begun{};
  bool over = false, failed = false;

  [[nodiscard]] std::size_t ended() const;
};

// `now` counts from the first event on.
BuildProgress fold(BuildProgress progress, const api::BuildEvent& event, Mono now);

// Why a step runs, without the step's own words in front, which stand beside it: "the cache is not to be used" of "RUN make: the ...".
std::string own_cause(const std::string& name, const std::string& cause);

}  // namespace stack::cli
