// What this process's outputs can show: width, colour. Asked once per command.
#pragma once

#include <string>
#include <string_view>

namespace stack::cli {

struct Terminal {
  bool is_terminal = false;
  bool colour = false;
  int columns = 80;
};

// Of a descriptor (1 or 2). `ansi` is auto, never or always; NO_COLOR turns colours off in auto.
Terminal look_at(int fd, std::string_view ansi);

// The text in colour number `index` of a rotation that tells sources apart; plain when colours are off.
std::string coloured(std::string_view text, std::size_t index, bool colour);

}  // namespace stack::cli
