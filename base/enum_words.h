// An enum and the words by which it is stored and sent: stable, whatever the order of the enumerators becomes. Pure.
//
// An enum takes part by a function beside it that argument-dependent lookup finds:
//   constexpr auto words_of(Colour) { return std::array{Word{Colour::red, "red"}, Word{Colour::blue, "blue"}}; }
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace stack {

template <class E>
struct Word {
  E value;
  std::string_view word;
};

template <class E>
concept Worded = requires(E value) {
  words_of(value);
};

// Every enumerator has a word; an unnamed value of the enum has the empty one.
template <Worded E>
constexpr std::string_view to_word(E value) {
  for (const auto& each : words_of(E{})) {
    if (each.value == value) return each.word;
  }
  return {};
}

template <Worded E>
constexpr std::optional<E> parse_word(std::string_view word) {
  for (const auto& each : words_of(E{})) {
    if (each.word == word) return each.value;
  }
  return std::nullopt;
}

}  // namespace stack
