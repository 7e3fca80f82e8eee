// Rules about combinations of keys that only the text can break: what is said twice, or said of a thing that is made
// elsewhere.
#pragma once

#include "compose/source/diagnostic.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

// `model` is merged and canonical, before anything is filled in from the environment.
// `unresolved`: text may hold variables, and is left alone then.
void check_rules(const Node& model, bool unresolved, Diagnostics& diagnostics);

}  // namespace stack::compose
