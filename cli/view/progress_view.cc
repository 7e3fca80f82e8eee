#include "cli/view/progress_view.h"

#include <utility>

#include "base/error.h"
#include "cli/view/progress_lines.h"
#include "cli/view/progress_painter.h"

namespace stack::cli {
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

void ProgressView::show(const api::Report& report) {
  if (const auto* event = std::get_if<model::ProgressEvent>(&report))
    progress_ = fold(std::move(progress_), *event, live_.easel().now());
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
  if (std::holds_alternative<model::ProgressEvent>(report)) tick();
}

void ProgressView::tick() {
  if (mode_ != ProgressMode::tty || finished_ || progress_.resources.empty()) return;
  if (live_.due()) draw(false);
}

void ProgressView::draw(bool last) { live_.draw(picture(progress_, live_.easel().look(), live_.easel().now(), last)); }

void ProgressView::finish() {
  if (std::exchange(finished_, true)) return;
  if (mode_ == ProgressMode::tty && !progress_.resources.empty()) draw(true);
  live_.leave();
}

void ProgressView::above(const std::function<void()>& write) {
  const bool drawn = live_.drawn();
  live_.erase();
  write();
  if (drawn) draw(false);
}

}  // namespace stack::cli
