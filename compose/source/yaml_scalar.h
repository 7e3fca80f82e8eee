// How a string is written as a YAML scalar. Only for yaml_writer.
#pragma once

#include <string>
#include <string_view>

namespace stack::compose {

enum class ScalarStyle { plain, single_quoted, double_quoted, literal };

// `as_key`: it stands before a colon, so it must be on one line.
ScalarStyle scalar_style(std::string_view text, bool as_key);
std::string single_quoted(std::string_view text);
std::string double_quoted(std::string_view text);
// Behind the "|": the indentation when the text itself begins with a blank, then how its end is kept.
std::string literal_header(std::string_view text);

}  // namespace stack::compose
