// What the generator writes for an attribute: texts in YAML's flow style, right ones and wrong ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compose/check/attribute_table.h"

namespace stack::compose {

// The first one is right. The attribute's path as in the table.
std::vector<std::string> values_for(const Attribute& attribute);

// Only the right ones.
std::vector<std::string> right_values(const Attribute& attribute);

// Members that a mapping at `path` needs for `member` to make sense in it: "type: tmpfs, target: /t".
std::string siblings_of(std::string_view path, std::string_view member);

}  // namespace stack::compose
