#include "cli/commands/up_keys.h"

#include <unistd.h>

namespace stack::cli {
namespace {

std::string key_text(const char* key, const char* what, bool colour) {
  return colour ? "\x1b[1m" + std::string{key} + "\x1b[0m \x1b[2m" + what + "\x1b[0m" : std::string{key} + " " + what;
}

}  // namespace

std::string menu_line(bool watching, bool colour) {
  return key_text("w", watching ? "Disable Watch" : "Enable Watch", colour) + "   " + key_text("d", "Detach", colour);
}

UpKeys::UpKeys(Session& session, UpScreen& screen, BackgroundWatch& watch, bool wanted)
    : screen_(screen), watch_(watch), colour_(session.status().colour) {
  const std::string setting = session.setting("MENU");
  if (!wanted || (!setting.empty() && !session.is_on("MENU"))) return;
  if (::isatty(0) != 1 || !session.out().is_terminal || session.progress_mode() != ProgressMode::tty ||
      session.status().columns < kColumnsMin)
    return;
  mode_.emplace(client::TerminalMode::Kind::keys);
  draw();
}

void UpKeys::draw() { screen_.set_menu(menu_line(watch_.running(), colour_)); }

bool UpKeys::press(char key) {
  if (key == 'd') return true;
  if (key != 'w') return false;
  if (watch_.running()) {
    watch_.stop();
    watch_.say("Watch disabled");
  } else {
    try {
      watch_.start();
    } catch (const Error& error) {
      watch_.say(error.render());
    }
  }
  draw();
  return false;
}

void UpKeys::finish() {
  if (!mode_) return;
  screen_.set_menu({});
  mode_.reset();
}

}  // namespace stack::cli
