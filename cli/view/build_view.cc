#include "cli/view/build_view.h"

#include <utility>

#include "base/error.h"
#include "cli/view/build_painter.h"
#include "engine/api/build_wire_json.h"

namespace stack::cli {

BuildMode parse_build_mode(const std::string& text, const Terminal& terminal) {
  if (text.empty() || text == "auto") return terminal.is_terminal && !terminal.dumb ? BuildMode::tty : BuildMode::plain;
  if (text == "plain") return BuildMode::plain;
  if (text == "tty") return BuildMode::tty;
  if (text == "quiet" || text == "none") return BuildMode::quiet;
  if (text == "rawjson" || text == "json") return BuildMode::rawjson;
  throw Error(ErrorKind::invalid, "unsupported --progress value \"" + text + "\"")
      .remedy("use auto, tty, plain, quiet or rawjson");
}

void BuildView::show(const api::BuildEvent& event) {
  const auto put = [&](const std::string& text) {
    if (!text.empty()) live_.easel().write(text);
  };
  switch (mode_) {
    case BuildMode::quiet:
      return;
    case BuildMode::rawjson:
      return put(api::build_event_line(event));
    case BuildMode::plain:
      return put(lines_.take(event, live_.easel().now()));
    case BuildMode::tty:
      (void)lines_.take(event, live_.easel().now());  // for the end
      progress_ = fold(std::move(progress_), event, live_.easel().now());
      return tick();
  }
}

void BuildView::tick() {
  if (mode_ == BuildMode::tty && !finished_ && !progress_.steps.empty() && live_.due()) draw(false);
}

void BuildView::draw(bool last) {
  live_.draw(build_picture(progress_, live_.easel().look(), live_.easel().now(), last));
}

std::string BuildView::failed_step() const {
  return mode_ == BuildMode::plain || mode_ == BuildMode::tty ? lines_.failed_step() : std::string{};
}

void BuildView::finish() {
  if (std::exchange(finished_, true)) return;
  if (mode_ == BuildMode::tty && !progress_.steps.empty()) draw(true);
  live_.leave();
}

}  // namespace stack::cli
