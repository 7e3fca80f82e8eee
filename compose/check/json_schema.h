// A JSON Schema (draft 2020-12) of what a Compose file may hold here, x-stack included, for editors. Made from the
// attribute table, so it accepts and refuses what the checks of shape do; what they learn from several places of a file
// together is beyond it. Text that holds a "$" may become anything and is accepted wherever text can be read.
#pragma once

#include <string>

namespace stack::compose {

// Ends with a newline. Stable.
std::string compose_json_schema();

}  // namespace stack::compose
