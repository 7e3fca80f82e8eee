// The type of a plain YAML scalar (YAML 1.2 core schema, with what Compose users rely on): `true`/`false` alone are
// booleans, so `no` and `on` stay text; 017 and 0o17 are octal; 22:22 is text; 1_000 is a number; dates are text. Pure.
#pragma once

#include <string_view>

#include "compose/source/node_tree.h"

namespace stack::compose {

// Sets kind and value of `node` from `text`; `text` is kept in node.text whatever the kind.
void resolve_plain(Node& node, std::string_view text);
// Whether `text` written plain would be read as something other than this very string by a YAML 1.1 or 1.2 reader.
bool reads_as_other_type(std::string_view text);

}  // namespace stack::compose
