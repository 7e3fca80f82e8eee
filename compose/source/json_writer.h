// Values as JSON text. Bytes that are not UTF-8 become U+FFFD; control characters are escaped, and so is what
// HTML and JavaScript would take for something else: < > & and the two line separators of Unicode.
#pragma once

#include <string>

#include "compose/source/value.h"

namespace stack::compose {

// `indent` spaces a level, members on lines of their own; 0: all on one line. No newline at the end.
std::string write_json(const Value& value, unsigned indent = 0);

}  // namespace stack::compose
