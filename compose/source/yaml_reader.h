// YAML text to trees: the one place that sees the YAML library.
//
// Anchors and aliases are expanded and `<<` is merged here (explicit keys win; of a list, the first mapping that has
// the key). Hostile input is bounded: see YamlLimits. Duplicate keys, keys that are not strings, unknown tags and
// malformed text become diagnostics, with the places of both keys where there are two.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "compose/source/diagnostic.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

struct YamlLimits {
  std::size_t bytes = std::size_t{16} << 20U;  // of one file
  std::size_t depth = 100;                     // mappings and lists inside each other
  std::size_t nodes = 1'000'000;               // of one file, with aliases expanded
  std::size_t alias_nodes = 100'000;           // that come from expanding aliases
};

struct YamlResult {
  std::vector<Node> documents;  // empty documents among them as null nodes; none for a file without content
  Diagnostics diagnostics;      // after an error the documents that were complete are still there
};

// `file` is how diagnostics name it.
YamlResult read_yaml(std::string_view text, std::string_view file, const YamlLimits& limits = {});

}  // namespace stack::compose
