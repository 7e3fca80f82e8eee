// `extends`: a service takes over what another one, of the same document or of another file, says (Compose: "extends").
#pragma once

#include "compose/load/load_context.h"

namespace stack::compose {

// For every service of `document`, which is prepared. Relative `file`s are below `base_dir`.
void apply_extends(Node& document, const std::string& base_dir, const Variables& variables, LoadContext& context);

}  // namespace stack::compose
