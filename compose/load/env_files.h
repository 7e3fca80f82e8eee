// Files of variables, read and laid over each other.
#pragma once

#include "compose/load/context.h"

namespace stack::compose {

// Reads the .env file at `path`, values of `outside` winning in references. `named_by`: what names it, when a file
// did; a missing file is then an error there. `optional`: a missing file, or a folder in its place, is nothing.
Variables read_env_file(const std::string& path, const Variables& outside, bool optional, const NamedBy* named_by,
                        LoadContext& context);

}  // namespace stack::compose
