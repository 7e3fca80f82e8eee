// Where a file that --file, include or extends names is on this machine: references to other places are fetched by the
// FileSource, which is the one seam for them.
#pragma once

#include <optional>
#include <string>

#include "compose/load/load_context.h"

namespace stack::compose {

// Absolute; relative paths are below `base_dir`. Of a fetched folder its main Compose file. `named_by`: what names the
// file, when a file did. Nothing when it cannot be had (reported).
std::optional<std::string> find_file(const std::string& text, const std::string& base_dir, const Variables& variables,
                                     const NamedBy* named_by, LoadContext& context);

}  // namespace stack::compose
