// What a project means without saying it: the default network, names, implied dependencies (Compose: defaults of each
// element). Pure; on the typed value.
#pragma once

#include "compose/model/project.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

void normalise(Project& project);

// The same for a model whose variables are not resolved, as far as it can be done there: names and the default network.
void normalise(Node& model, const std::string& project_name);

}  // namespace stack::compose
