// Mistakes that only the text shows, because making the canonical form hides them: what YAML made of a scalar, and what
// was meant for a shell. Only `lint` tells of them.
#pragma once

#include "compose/check/attribute_table.h"
#include "compose/load/load_context.h"

namespace stack::compose {

// `node` is as it was written, with its variables put in. What is found goes to `context.notes`.
void note_latent(const Node& node, const Attribute& attribute, const Path& path, LoadContext& context);

}  // namespace stack::compose
