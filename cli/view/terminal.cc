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
  terminal.colour =
      ansi == "always" || (ansi != "never" && terminal.is_terminal && (no_colour == nullptr || *no_colour == 0));
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.columns = size.ws_col;
  return terminal;
}

std::string coloured(std::string_view text, std::size_t index, bool colour) {
  static constexpr std::array<int, 10> kRotation{36, 33, 32, 35, 34, 96, 93, 92, 95, 94};
  if (!colour) return std::string{text};
  return "\033[" + std::to_string(kRotation[index % kRotation.size()]) + "m" + std::string{text} + "\033[0m";
}

}  // namespace stack::cli
