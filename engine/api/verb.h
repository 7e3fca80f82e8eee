// What can be asked of a project.
#pragma once

#include <array>

#include "base/enum_words.h"

namespace stack::api {

enum class Verb { up, down, stop, start, restart };
constexpr auto words_of(Verb) {
  using enum Verb;
  return std::array{Word{up, "up"}, Word{down, "down"}, Word{stop, "stop"}, Word{start, "start"},
                    Word{restart, "restart"}};
}

}  // namespace stack::api
