#include "cli/view/progress_view.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

#include "base/error.h"
#include "cli/view/printable.h"
#include "cli/view/progress_lines.h"
#include "cli/view/progress_painter.h"

namespace stack::cli {
namespace {

// Without the sequences that colour it.
std::size_t shown_width(std::string_view line) {
  std::string text;
  while (!line.empty()) {
    if (line.front() == '\033') {
      line.remove_prefix(std::min(line.find('m'), line.size() - 1) + 1);
      continue;
    }
    text += line.front();
    line.remove_prefix(1);
  }
  return width_of(text);
}

}  // namespace

ProgressMode parse_progress_mode(const std::string& text, const Terminal& terminal) {
  if (text.empty() || text == "auto")
    return terminal.is_terminal && !terminal.dumb ? ProgressMode::tty : ProgressMode::plain;
  if (text == "plain") return ProgressMode::plain;
  if (text == "tty") return ProgressMode::tty;
  if (text == "json") return ProgressMode::json;
  if (text == "quiet") return ProgressMode::quiet;
  throw Error(ErrorKind::invalid, "unsupported --progress value \"" + text + "\"")
      .remedy("use auto, tty, plain, json or quiet");
}

Easel easel_on(int fd, const Terminal& terminal) {
  return {.write =
              [to = fd == 1 ? stdout : stderr](std::string_view text) {
                std::cout.flush();  // what was said before
                std::fwrite(text.data(), 1, text.size(), to);
                std::fflush(to);
              },
          .look =
              [fd, terminal] {
                Terminal now = terminal;
                ask_size(fd, now);
                return now;
              },
          .now = [] { return SystemClock{}.mono(); }};
}

void ProgressView::show(const api::Report& report) {
  if (std::holds_alternative<api::Notice>(report) && mode_ != ProgressMode::json) {
    // Above the picture, where it stays.
    return above([&] { put(plain_line(report)); });
  }
  switch (mode_) {
    case ProgressMode::quiet:
      return;
    case ProgressMode::json:
      return put_line(json_line(report));
    case ProgressMode::plain:
      return put_line(plain_line(report));
    case ProgressMode::tty:
      return paint(report);
  }
}

void ProgressView::put_line(const std::string& line) const {
  if (!line.empty()) put(line);
}

void ProgressView::paint(const api::Report& report) {
  if (std::holds_alternative<api::Done>(report)) {
    finish();  // the sum stands below the last picture
    return put_line(plain_line(report));
  }
  const auto* event = std::get_if<model::ProgressEvent>(&report);
  if (event == nullptr) return;
  progress_ = fold(std::move(progress_), *event, easel_.now());
  tick();
}

void ProgressView::tick() {
  if (mode_ != ProgressMode::tty || finished_ || progress_.resources.empty()) return;
  if (drawn_.empty() || easel_.now() - drawn_at_ >= kRedrawEvery) draw(false);
}

// A terminal that became narrower has broken the lines that were drawn wider.
void ProgressView::erase(int columns) {
  if (drawn_.empty()) return;
  const auto width = static_cast<std::size_t>(std::max(columns, 1));
  std::size_t rows = 0;
  for (const std::size_t line : drawn_) rows += line == 0 ? 1 : (line + width - 1) / width;
  drawn_.clear();
  put("\033[" + std::to_string(rows) + "A\r\033[J");
}

void ProgressView::draw(bool last) {
  const Terminal screen = easel_.look();
  drawn_at_ = easel_.now();
  erase(screen.columns);
  std::string text;
  for (const std::string& line : picture(progress_, screen, drawn_at_, last)) {
    text += line + "\n";
    drawn_.push_back(shown_width(line));
  }
  put(text);
}

void ProgressView::finish() {
  if (std::exchange(finished_, true)) return;
  if (mode_ == ProgressMode::tty && !progress_.resources.empty()) draw(true);
  drawn_.clear();
}

void ProgressView::above(const std::function<void()>& write) {
  const bool drawn = !drawn_.empty();
  if (drawn) erase(easel_.look().columns);
  write();
  if (drawn) draw(false);
}

}  // namespace stack::cli
