#include "cli/view/terminal.h"

#include <array>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace stack::cli {

Terminal look_at(int fd, std::string_view ansi) {
  Terminal terminal;
  terminal.is_terminal = ::isatty(fd) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  terminal.dumb = kind != nullptr && std::string_view{kind} == "dumb";
  terminal.colour = ansi == "always" || (ansi != "never" && terminal.is_terminal && !terminal.dumb &&
                                         (no_colour == nullptr || *no_colour == 0));
  ask_size(fd, terminal);
  return terminal;
}

void ask_size(int fd, Terminal& terminal) {
  const TerminalSize size = terminal_size(fd);
  if (size.columns > 0) terminal.columns = size.columns;
  if (size.rows > 0) terminal.rows = size.rows;
}

TerminalSize terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_row, size.ws_col};
}

std::string coloured(std::string_view text, std::size_t index, bool colour) {
  static constexpr std::array<int, 10> kRotation{36, 33, 32, 35, 34, 96, 93, 92, 95, 94};
  if (!colour) return std::string{text};
  return "\033[" + std::to_string(kRotation[index % kRotation.size()]) + "m" + std::string{text} + "\033[0m";
}

}  // namespace stack::cli
