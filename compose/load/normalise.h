// What a project means without saying it: the default network, names, implied dependencies (Compose: defaults of each
// element). Pure; on the typed value.
#pragma once

#include "compose/model/project.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

void normalise(Project& project);

// The same for a model whose variables are not resolved, as far as it can be done there: names and the default network.
void normalise(Node& model, const std::string& project_name);

// The text with what is not allowed in a project's name left out: lower case, a-z 0-9 _ -, a letter or digit first.
std::string normal_project_name(std::string_view text);

}  // namespace stack::compose
