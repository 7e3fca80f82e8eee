#include "cli/view/build_painter.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/bytes.h"
#include "cli/view/printable.h"

namespace stack::cli {
namespace {

using StepState = BuildStep::State;

constexpr int kBlue = 34, kRed = 31, kGrey = 90, kYellow = 33;
constexpr std::string_view kArrow = " => ", kOutput = " => => # ";

std::string painted(std::string text, int colour, bool wanted) {
  if (!wanted || colour == 0 || text.empty()) return text;
  return "\033[" + std::to_string(colour) + "m" + text + "\033[0m";
}

std::string seconds(Nanos time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1fs", std::max(0.0, std::chrono::duration<double>(time).count()));
  return text.data();
}

std::string bytes_of(const BuildStep& step) {
  if (step.current == 0 || step.state != StepState::running) return {};
  return " " + human_bytes(step.current) + (step.total > 0 ? " / " + human_bytes(step.total) : "");
}

std::string text_of(const BuildStep& step) {
  const char* const word = step.state == StepState::cached   ? "CACHED "
                           : step.state == StepState::failed ? "ERROR "
                                                             : "";
  return word + printable(step.name) + bytes_of(step);
}

int colour_of(const BuildStep& step) {
  switch (step.state) {
    case StepState::running:
      return 0;
    case StepState::done:
    case StepState::cached:
      return kBlue;
    case StepState::failed:
      return kRed;
  }
  return 0;
}

// The name to the left, the time to the right; why it is not cached between them where there is room.
std::string line_of(const BuildStep& step, const Terminal& screen, std::size_t width, Mono now) {
  const std::string time = seconds(step.state == StepState::running ? now - step.since : step.took);
  const std::size_t room = width > kArrow.size() + time.size() + 1 ? width - kArrow.size() - time.size() - 1 : 0;
  const std::string text = cut_end(text_of(step), room);
  std::size_t used = width_of(text);
  std::string cause;
  constexpr std::size_t kCauseMin = 12;
  if (!step.cause.empty() && step.state != StepState::cached && used + 2 + kCauseMin <= room) {
    cause = "  " + cut_end(printable(own_cause(step.name, step.cause)), room - used - 2);
    used += width_of(cause);
  }
  const std::string gap(room - std::min(room, used) + 1, ' ');
  return painted(std::string{kArrow} + text, colour_of(step), screen.colour) +
         painted(std::move(cause), kGrey, screen.colour) + gap + time;
}

std::string output_line(const std::string& line, const Terminal& screen, std::size_t width) {
  const std::size_t room = width > kOutput.size() ? width - kOutput.size() : 0;
  return painted(std::string{kOutput} + cut_end(printable(line), room), kGrey, screen.colour);
}

// How many lines there are for what: all steps, or the last of those that fit, and output of each that runs.
struct Layout {
  std::vector<const BuildStep*> shown;
  std::size_t output = 0;
};

Layout lay_out(const BuildProgress& progress, std::size_t room) {
  Layout layout;
  std::size_t running = 0;
  for (const BuildStep& step : progress.steps) {
    layout.shown.push_back(&step);
    if (step.state == StepState::running && !step.tail.empty()) ++running;
  }
  // Ended steps leave from the top on, down to a third of the room; then those that run.
  const auto drop = [&](auto may_leave, std::size_t down_to) {
    for (auto at = layout.shown.begin(); at != layout.shown.end() && layout.shown.size() > down_to;)
      at = may_leave(**at) ? layout.shown.erase(at) : at + 1;
  };
  if (layout.shown.size() + running > room)
    drop([](const BuildStep& step) { return step.state == StepState::done || step.state == StepState::cached; },
         std::max<std::size_t>(room / 3, 1));
  if (layout.shown.size() > room) drop([](const BuildStep&) { return true; }, room);
  if (running > 0) layout.output = std::min(BuildStep::kTailLines, (room - layout.shown.size()) / running);
  return layout;
}

std::string head_of(const BuildProgress& progress, std::size_t hidden, Mono now, bool last) {
  std::string head = "[+] Building " + seconds(now - progress.begun) + " (" + std::to_string(progress.ended()) + "/" +
                     std::to_string(progress.steps.size()) + ")";
  if (last && progress.over) head += progress.failed ? " FAILED" : " FINISHED";
  if (hidden > 0) head += " (" + std::to_string(hidden) + " not shown)";
  return head;
}

}  // namespace

std::vector<std::string> build_picture(const BuildProgress& progress, const Terminal& screen, Mono now, bool last) {
  const auto width = static_cast<std::size_t>(std::max(screen.columns - 1, 1));
  // One line for the head, one for the cursor.
  const auto height = static_cast<std::size_t>(std::max(screen.rows - 2, 1));
  const std::size_t all = progress.steps.size();
  Layout layout = lay_out(progress, last ? all + 1 : height);
  if (last) layout.output = 0;
  std::vector<std::string> lines{cut_end(head_of(progress, all - layout.shown.size(), now, last), width)};
  for (const BuildStep* step : layout.shown) {
    lines.push_back(line_of(*step, screen, width, now));
    const bool speaks = step->state == StepState::running;
    const std::size_t count = !speaks ? 0 : std::min(layout.output, step->tail.size());
    for (std::size_t i = step->tail.size() - count; i < step->tail.size(); ++i)
      lines.push_back(output_line(step->tail[i], screen, width));
  }
  if (!last) return lines;
  for (const std::string& warning : progress.warnings)
    lines.push_back(painted(printable(warning), kYellow, screen.colour));
  return lines;
}

}  // namespace stack::cli
