// Rows in aligned columns, as lists of containers and images are shown: three blanks between and ten characters at least,
// nothing behind the last. Pure.
#pragma once

#include <string>
#include <vector>

namespace stack::cli {

using Row = std::vector<std::string>;
// Every row has as many cells as the head.
std::string table(const Row& head, std::vector<Row> rows);

// At most `width` characters, the last an ellipsis where some are left out; counts UTF-8 characters.
std::string ellipsis(const std::string& text, std::size_t width);

}  // namespace stack::cli
