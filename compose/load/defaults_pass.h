// Defaults that stand in the canonical form, and what a model takes from its environment.
#pragma once

#include "compose/load/load_context.h"

namespace stack::compose {

// build.context, targets of secrets, protocol and mode of ports, counts of device requests, create_host_path.
void apply_defaults(Node& model);

// Names without a value in `environment` and `build.args`, where `variables` has them.
void resolve_environment(Node& model, const Variables& variables);

// The text of secrets and configs that come from a variable, where `variables` has it.
void resolve_contents(Node& model, const Variables& variables);

}  // namespace stack::compose
