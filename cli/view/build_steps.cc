#include "cli/view/build_steps.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace stack::cli {
namespace {

BuildStep& step_of(BuildProgress& progress, int number, Mono now) {
  const auto found = std::find_if(progress.steps.begin(), progress.steps.end(),
                                  [&](const BuildStep& step) { return step.number == number; });
  if (found != progress.steps.end()) return *found;
  BuildStep& step = progress.steps.emplace_back();
  step.number = number;
  step.since = now;
  return step;
}

// A carriage return starts the line anew, as a program that counts up wants it.
void write_to(BuildStep& step, std::string_view bytes) {
  for (const char c : bytes) {
    if (!step.open_line) {
      if (c == '\r') continue;
      if (step.tail.size() == BuildStep::kTailLines) step.tail.pop_front();
      step.tail.emplace_back();
      step.open_line = true;
    }
    if (c == '\n') {
      step.open_line = false;
    } else if (c == '\r') {
      step.tail.back().clear();
    } else if (step.tail.back().size() < BuildStep::kLineBytes) {
      step.tail.back() += c;
    }
  }
}

struct BuildFold {
  BuildProgress& progress;
  Mono now;

  void operator()(const api::BuildWarning& e) const { progress.warnings.push_back(e.text); }
  void operator()(const api::BuildStepStarted& e) const {
    BuildStep& step = step_of(progress, e.step, now);
    step.name = e.name;
    step.cause = e.cause;
    step.since = now;
  }
  void operator()(const api::BuildStepOutput& e) const { write_to(step_of(progress, e.step, now), e.bytes); }
  void operator()(const api::BuildStepBytes& e) const {
    BuildStep& step = step_of(progress, e.step, now);
    step.current = e.current;
    step.total = e.total;
  }
  void operator()(const api::BuildStepEnded& e) const {
    BuildStep& step = step_of(progress, e.step, now);
    step.name = e.name;
    step.took = e.took;
    step.error = e.error;
    step.state = !e.error.empty() ? BuildStep::State::failed
                 : e.cached       ? BuildStep::State::cached
                                  : BuildStep::State::done;
  }
  void operator()(const api::BuildDone&) const { progress.over = true; }
  void operator()(const api::BuildFailed&) const { progress.over = progress.failed = true; }
};

}  // namespace

std::size_t BuildProgress::ended() const {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(), [](const BuildStep& step) { return step.state != BuildStep::State::running; }));
}

BuildProgress fold(BuildProgress progress, const api::BuildEvent& event, Mono now) {
  if (progress.begun == Mono{}) progress.begun = now;
  std::visit(BuildFold{progress, now}, event);
  return progress;
}

std::string own_cause(const std::string& name, const std::string& cause) {
  const std::size_t end = name.find("] ");
  const std::string words = (end == std::string::npos ? name : name.substr(end + 2)) + ": ";
  return cause.starts_with(words) ? cause.substr(words.size()) : cause;
}

}  // namespace stack::cli
