// Characters of UTF-8 text as Go's unicode package sorts them, as far as Dockerfiles ask. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/letter_case.h"

namespace stack::dockerfile {

struct Rune {
  char32_t value = 0;  // U+FFFD for a byte that is not UTF-8
  std::size_t width = 1;
};

// `at` is less than the text's size.
Rune rune_at(std::string_view text, std::size_t at);
bool is_space(char32_t rune);
bool is_digit(char32_t rune);
// Letters beyond ASCII: everything but blanks, controls and the punctuation of Latin-1 and of the general blocks.
bool is_letter(char32_t rune);

std::string_view trim_left(std::string_view text);
std::string_view trim_space(std::string_view text);
// Blanks as the language splits words at: space, tab, vertical tab, form feed, carriage return.
inline bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n'); }

}  // namespace stack::dockerfile
