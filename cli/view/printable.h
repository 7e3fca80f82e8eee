// Text of strangers (images, containers, registries) made fit for a terminal, and how wide text is there.
//
// What would move the cursor, change colours or reverse the reading direction is written out: \n, \t, \x1b, \u202e. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stack::cli {

// `lines`: newlines and tabs stay as they are.
std::string printable(std::string_view text, bool lines = false);
// The same of whole output: newlines, tabs and sequences that only colour stay.
std::string harmless(std::string_view text);

// Columns of a terminal that the text takes: none for combining characters, two for wide ones.
std::size_t width_of(std::string_view text);
// The longest beginning (end) of the text that takes at most `width` columns, with "…" behind (before) it where it was cut.
std::string cut_end(std::string_view text, std::size_t width);
std::string cut_start(std::string_view text, std::size_t width);

}  // namespace stack::cli
