// UTF-8, strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace stack {

// The bytes of the character that begins at `at` (1 to 4), or 0 when none does.
std::size_t utf8_length(std::string_view text, std::size_t at);
// The index of the first byte that is not part of a character, or npos.
std::size_t first_not_utf8(std::string_view text);
// Whether all of it is UTF-8 and none of it a zero byte.
bool is_text(std::string_view text);

}  // namespace stack
