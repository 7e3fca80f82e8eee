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

// Commands of Docker outside Compose, which are below a group here, or have no counterpart.
struct VerbElsewhere {
  std::string_view name, instead;
};
// Null for a word that is none of them.
const VerbElsewhere* verb_elsewhere(std::string_view word);

// Flags of Docker Compose that are not there: of a command ("" for the global ones), and what to do without.
struct MissingFlag {
  std::string_view command, flag, instead;
};
// Nothing for a flag that Docker Compose does not have either.
const MissingFlag* missing_flag(std::string_view command, std::string_view flag);

}  // namespace stack::cli
