// First pass over a document: puts the values of variables into every text, never into keys.
#pragma once

#include "compose/load/load_context.h"

namespace stack::compose {

void interpolate_tree(Node& tree, const Path& path, const Variables& variables, LoadContext& context);

// Notes on `node` that its value is that of the variable `name`.
void add_variable(Node& node, const std::string& name, const Variables& variables);

// !reset nodes lose their value, and keep the tag for the merges to come; on list items the tags mean nothing.
void prepare_tags(Node& tree);
// At the end: what was reset goes, and no tag is left.
void strip_tags(Node& tree);

}  // namespace stack::compose
