// The keys of an attached `up` on a terminal, and the line that shows them: w turns watching on and off, d leaves with the containers
// running. Not there in pipes, on narrow terminals, with --menu=false or COMPOSE_MENU=false.
//
// One at a time; the main thread. The terminal's mode is put back by finish(), and by the destructor.
#pragma once

#include <optional>

#include "cli/commands/background_watch.h"
#include "engine/client/terminal_mode.h"

namespace stack::cli {

// What the line says: "w Enable Watch   d Detach".
std::string menu_line(bool watching, bool colour);

class UpKeys {
 public:
  UpKeys(Session& session, UpScreen& screen, BackgroundWatch& watch, bool wanted);
  UpKeys(const UpKeys&) = delete;
  UpKeys& operator=(const UpKeys&) = delete;
  ~UpKeys() { finish(); }

  // True when the user leaves.
  bool press(char key);
  void finish();
  [[nodiscard]] bool shown() const { return mode_.has_value(); }

 private:
  static constexpr int kColumnsMin = 40;
  void draw();

  UpScreen& screen_;
  BackgroundWatch& watch_;
  const bool colour_;
  std::optional<client::TerminalMode> mode_;
};

}  // namespace stack::cli
