// Where pictures are drawn: what writes, how large the terminal is, and which time it is.
#pragma once

#include <functional>
#include <string_view>

#include "base/clock.h"
#include "cli/view/terminal.h"

namespace stack::cli {

struct Easel {
  std::function<void(std::string_view)> write;
  std::function<Terminal()> look;
  std::function<Mono()> now;
};
// A standard stream of this process, 1 or 2, with these colours.
Easel easel_on(int fd, const Terminal& terminal);

}  // namespace stack::cli
