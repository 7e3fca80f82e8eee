// What can be asked of a project.
#pragma once

#include <array>

#include "base/enum_words.h"

namespace stack::api {

enum class Verb { up, down, stop, start, restart, kill, pause, unpause, rm };
constexpr auto words_of(Verb) {
  using enum Verb;
  return std::array{Word{up, "up"},       Word{down, "down"},       Word{stop, "stop"},
                    Word{start, "start"}, Word{restart, "restart"}, Word{kill, "kill"},
                    Word{pause, "pause"}, Word{unpause, "unpause"}, Word{rm, "rm"}};
}

}  // namespace stack::api
