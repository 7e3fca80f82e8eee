// What looks like a secret in a file that is about to leave this machine: keys, tokens and passwords. A guess by form, which
// warns and decides nothing. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compose/source/node_tree.h"

namespace stack::compose {

// "AWS access key", "JSON Web Token", "password" ...; nothing when it looks harmless. `name`: what the value is given to, the
// last part of its path or a variable; values with variables in place of the secret are harmless.
std::optional<std::string> sensitive_kind(std::string_view name, std::string_view value);

struct SensitiveValue {
  std::string kind, path, hint;  // the hint: how the value begins
  SourcePlace place;
};
// Everything below `tree`; "NAME=value" items of lists count as names with values.
std::vector<SensitiveValue> find_sensitive(const Node& tree);
// The same for the lines of a file of variables.
std::vector<SensitiveValue> find_sensitive(std::string_view env_file, const std::string& file);

}  // namespace stack::compose
