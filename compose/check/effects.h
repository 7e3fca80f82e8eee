// What a project says and this engine does nothing about: one warning for each such key, with its place (see Effect).
// Pure.
#pragma once

#include <functional>
#include <string_view>

#include "compose/source/diagnostic.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

// `model` is merged and canonical. Of its resources ("services", "web") only those that are `wanted` are looked at.
void check_effects(const Node& model,
                   const std::function<bool(std::string_view section, std::string_view name)>& wanted,
                   Diagnostics& diagnostics);

}  // namespace stack::compose
