// What a file that is printed without interpolation keeps of lists whose names hold variables.
#pragma once

#include "compose/check/attribute_table.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

// Makes lists again of the mappings that canonicalise() made of lists, where a name holds variables: in a mapping
// nothing would be put into them. Only for a tree that was loaded without interpolation.
void reopen_names(Node& tree, const Attribute& attribute);

}  // namespace stack::compose
