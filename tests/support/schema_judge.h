// Judges a document by a JSON Schema: the words that ours is made of, and no others, so that a new one fails until it is
// understood here.
#pragma once

#include <optional>
#include <string>

#include "compose/source/node_tree.h"

namespace stack::compose {

// Why `document` is not what `schema` says, with the path, or nothing. Throws std::logic_error for an unknown word.
std::optional<std::string> judge(const Node& document, const Node& schema, const std::string& path = "");

}  // namespace stack::compose
