// A whole model as one tree: its files read in order, each with its includes and extends, merged, with defaults,
// absolute paths and the variables of its environment. An included model is made in the same way and put below.
#pragma once

#include <string>
#include <vector>

#include "compose/load/load_context.h"

namespace stack::compose {

struct ModelSource {
  std::vector<std::string> files;  // absolute, or "-"
  std::string dir;                 // what relative paths are below
  Variables variables;
};

// `documents`, when given, are the parsed documents of `source.files` (so that they are not read twice).
Node load_model_tree(const ModelSource& source, std::vector<std::vector<Node>>* documents, LoadContext& context);

}  // namespace stack::compose
