// What this process's outputs can show: colour, size, whether the cursor can be moved.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stack::cli {

struct Terminal {
  bool is_terminal = false;
  bool colour = false;
  bool dumb = false;  // TERM says that it understands nothing but text
  int columns = 80, rows = 24;
};

// Of a descriptor (1 or 2). `ansi` is auto, never or always; NO_COLOR turns colours off in auto.
Terminal look_at(int fd, std::string_view ansi);

// Asks for the size anew; it stays as it is where there is none.
void ask_size(int fd, Terminal& terminal);
// The size alone; zeros for what is no terminal or has none.
struct TerminalSize {
  std::uint16_t rows = 0, columns = 0;
};
TerminalSize terminal_size(int fd);

// The text in colour number `index` of a rotation that tells sources apart; plain when colours are off.
std::string coloured(std::string_view text, std::size_t index, bool colour);

}  // namespace stack::cli
