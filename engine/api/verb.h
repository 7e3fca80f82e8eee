// What can be asked of a project. Values; any thread.
#pragma once

#include <array>

#include "base/enum_words.h"

namespace stack::api {

enum class Verb { up, down, stop, start, restart, kill, pause, unpause, rm, run };
constexpr auto words_of(Verb) {
  using enum Verb;
  return std::array{Word{up, "up"},           Word{down, "down"}, Word{stop, "stop"},   Word{start, "start"},
                    Word{restart, "restart"}, Word{kill, "kill"}, Word{pause, "pause"}, Word{unpause, "unpause"},
                    Word{rm, "rm"},           Word{run, "run"}};
}

}  // namespace stack::api
