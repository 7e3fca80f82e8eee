// Docker Compose's verbs that are still to come, and what to use instead. docs/commands.md lists them with those that are there.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace stack::cli {

struct ComingVerb {
  std::string_view name, instead;
};

std::span<const ComingVerb> coming_verbs();
// Null for a word that is none of them.
const ComingVerb* coming_verb(std::string_view word);

}  // namespace stack::cli
