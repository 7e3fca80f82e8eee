// How a later definition is put upon an earlier one, attribute by attribute (Compose: "merge"). Both sides are in
// canonical form.
#pragma once

#include "compose/check/attribute_table.h"
#include "compose/load/load_context.h"

namespace stack::compose {

// `over` upon `base`. Nodes tagged !reset or !override in `over` replace what is in `base`, and keep their tag so that
// they do so again when the result is merged with something earlier still.
Node merge_trees(Node base, Node over, const Attribute& attribute, const Path& path, LoadContext& context);

// What makes an item of a list the same as another one of it.
std::string identity_of(const Node& item, Identity identity);

// Of items that are the same by the table, the last one stays, at the position of the first.
void unify_lists(Node& tree, const Attribute& attribute);

}  // namespace stack::compose
