// Values as YAML text: block style, two spaces a level, quotes only where a plain scalar would be read as something
// else, text of several lines as a literal block. Stable: equal values give equal bytes. Reading the text gives the
// value back.
#pragma once

#include <string>

#include "compose/source/value.h"

namespace stack::compose {

std::string write_yaml(const Value& value);

}  // namespace stack::compose
