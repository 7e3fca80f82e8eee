// Lists in which one file says the same thing twice: later passes keep the last one, and nothing is dropped in silence.
#pragma once

#include "compose/check/attribute_table.h"
#include "compose/load/load_context.h"

namespace stack::compose {

// Warns of `again`, which says `name` like `first`.
void warn_of_repeat(const std::string& name, const Node& first, const Node& again, const Path& path,
                    LoadContext& context);

// Warns of items of one document's lists that are the same by the table. The tree is in canonical form.
void warn_of_repeats(const Node& tree, const Attribute& attribute, const Path& path, LoadContext& context);

}  // namespace stack::compose
