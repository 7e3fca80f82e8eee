// What `config` prints: a project as the Compose file that would give it again. Every "$" of a value is doubled, so
// that reading the text does not take it for a variable. Stable: equal projects give equal bytes.
#pragma once

#include <string>

#include "compose/model/project.h"
#include "compose/source/node_tree.h"
#include "compose/source/value.h"

namespace stack::compose {

// The project as YAML would show it, before dollar signs are doubled.
Value config_value(const Project& project);
// What Docker Compose makes the hash of a part of (compose_hash.h).
Value hashed_value(const Service& service);
Value hashed_value(const Network& network);
Value hashed_value(const Volume& volume);
std::string config_yaml(const Project& project);
// Two spaces a level, no newline at the end.
std::string config_json(const Project& project);
// A model whose variables are not resolved; nothing is doubled.
std::string config_yaml(const Node& tree);
std::string config_json(const Node& tree);

}  // namespace stack::compose
