#include "cli/view/build_lines.h"

#include <array>
#include <cstdio>
#include <utility>

#include "cli/view/build_steps.h"
#include "cli/view/printable.h"
#include "engine/api/build_failure_words.h"

namespace stack::cli {
namespace {

std::string number(int step) { return "#" + std::to_string(step) + " "; }

std::string seconds(const char* format, Nanos time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, std::max(0.0, std::chrono::duration<double>(time).count()));
  return text.data();
}

// Of what a program counts up on one line, the last counts.
std::string_view after_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t at = line.rfind('\r');
  return at == std::string_view::npos ? line : line.substr(at + 1);
}

}  // namespace

std::string BuildLines::take(const api::BuildEvent& event, Mono now) {
  now_ = now;
  return std::visit([this](const auto& e) { return (*this)(e); }, event);
}

std::string BuildLines::turn_to(int step) {
  if (last_ == step) return {};
  const bool first = std::exchange(last_, step) == 0;
  return (first ? "" : "\n") + number(step) + printable(steps_[step].name) + "\n";
}

std::string BuildLines::line(int step, Step& of, std::string_view text) {
  std::string line = seconds("%.3f ", now_ - of.since) + harmless(after_return(text)) + "\n";
  if (of.last.size() == kLastLines) of.last.pop_front();
  of.last.push_back(line);
  return number(step) + line;
}

std::string BuildLines::failed_step() const {
  const auto step = steps_.find(failed_);
  if (step == steps_.end()) return {};
  std::string text = "------\n > " + printable(step->second.name) + ":\n";
  for (const std::string& line : step->second.last) text += line;
  return text + "------\n";
}

std::string BuildLines::operator()(const api::BuildWarning& e) {
  last_ = 0;
  return "\n" + harmless(e.text) + "\n\n";
}

std::string BuildLines::operator()(const api::BuildStepStarted& e) {
  Step& step = steps_[e.step];
  step.name = e.name;
  step.since = now_;
  std::string text = turn_to(e.step);
  if (!e.cause.empty()) text += number(e.step) + "not cached: " + printable(own_cause(e.name, e.cause)) + "\n";
  return text;
}

std::string BuildLines::operator()(const api::BuildStepOutput& e) {
  Step& step = steps_[e.step];
  step.pending += e.bytes;
  std::string text;
  std::size_t at = 0;
  for (std::size_t end; (end = step.pending.find('\n', at)) != std::string::npos; at = end + 1)
    text += line(e.step, step, std::string_view{step.pending}.substr(at, end - at));
  step.pending.erase(0, at);
  if (step.pending.size() > kPendingMax) text += line(e.step, step, std::exchange(step.pending, {}));
  return text.empty() ? text : turn_to(e.step) + text;
}

std::string BuildLines::operator()(const api::BuildStepBytes&) { return {}; }

std::string BuildLines::operator()(const api::BuildStepEnded& e) {
  Step& step = steps_[e.step];
  step.name = e.name;
  std::string text = turn_to(e.step);
  if (!step.pending.empty()) text += line(e.step, step, std::exchange(step.pending, {}));
  if (!e.error.empty()) {
    if (failed_ == 0) failed_ = e.step;
    // What the step wrote last stands above, and behind it in the failure of the build.
    text +=
        number(e.step) + "ERROR: " + harmless(api::step_failure(e.name, e.error.substr(0, e.error.find('\n')))) + "\n";
  } else if (e.cached) {
    text += number(e.step) + "CACHED\n";
  } else {
    text += number(e.step) + seconds("DONE %.1fs", e.took) + "\n";
  }
  return text;
}

std::string BuildLines::operator()(const api::BuildDone&) { return {}; }
std::string BuildLines::operator()(const api::BuildFailed&) { return {}; }

}  // namespace stack::cli
