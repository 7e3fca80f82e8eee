// Percent escapes (RFC 3986, section 2.1). Pure.
#pragma once

#include <string>
#include <string_view>

namespace stack {

// Letters, digits, and "-._~" (section 2.3).
bool is_unreserved(char c);
// Everything that `kept` does not name as %XX.
std::string percent_encode(std::string_view text, bool (*kept)(char) = is_unreserved);
// Broken escapes stay as they are.
std::string percent_decode(std::string_view text);

}  // namespace stack
