// A first Compose file for a folder, as text with comments, for people to change. Pure.
#pragma once

#include <string>

#include "compose/draft/folder_facts.h"

namespace stack::compose {

// A service for each program, one for each store that they need, and the volumes. Without a program: one web server to begin with. What
// it gives loads without errors.
std::string draft_compose_file(const FolderFacts& facts);

// The services that the programs become, in their order; no two are the same, and none is that of a store.
std::vector<std::string> service_names(const FolderFacts& facts);

}  // namespace stack::compose
