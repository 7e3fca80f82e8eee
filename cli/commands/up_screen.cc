#include "cli/commands/up_screen.h"

#include "cli/view/log_view.h"

namespace stack::cli {
namespace {

// A failure, or what has become of others by it.
bool is_trouble(const model::ProgressEvent& event) {
  if (const auto* finished = std::get_if<model::Finished>(&event)) return finished->ending == model::Ending::restored;
  return std::holds_alternative<model::Failed>(event) || std::holds_alternative<model::Warned>(event);
}

}  // namespace

void UpScreen::show(const api::Report& report, bool among_logs) {
  const std::lock_guard lock{mutex_};
  // Without a list, only what is wrong, and the sum, is worth a line among the logs.
  const auto* event = std::get_if<model::ProgressEvent>(&report);
  const bool worth = event == nullptr || is_trouble(*event);
  if (!among_logs || worth || mode_ != ProgressMode::plain) view_.show(report);
}

void UpScreen::tick() {
  const std::lock_guard lock{mutex_};
  view_.tick();
}

void UpScreen::finish() {
  const std::lock_guard lock{mutex_};
  view_.finish();
}

void UpScreen::write(int fd, std::string_view text) {
  alone([&] { LogView::write_to(fd, text); });
}

void UpScreen::alone(const std::function<void()>& write) {
  const std::lock_guard lock{mutex_};
  menu_.erase();
  view_.above(write);
  if (!menu_line_.empty()) menu_.draw({menu_line_});
}

void UpScreen::set_menu(const std::string& line) {
  const std::lock_guard lock{mutex_};
  menu_.erase();
  menu_line_ = line;
  if (!menu_line_.empty()) menu_.draw({menu_line_});
}

}  // namespace stack::cli
