// Short forms become long ones (Compose: "short syntax" and "long syntax"), so that every later pass knows one form of
// each attribute. What cannot be read is reported and taken out.
#pragma once

#include "compose/check/attribute_table.h"
#include "compose/load/load_context.h"

namespace stack::compose {

void canonicalise(Node& tree, const Attribute& attribute, const Path& path, LoadContext& context);

}  // namespace stack::compose
