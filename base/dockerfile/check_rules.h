// The build checks of BuildKit's frontend: their names, what they are about, and where that is written. Values; any thread, no errors.
#pragma once

#include <string>
#include <string_view>

namespace stack::dockerfile {

struct CheckRule {
  std::string_view name;  // "FromAsCasing"
  std::string_view page;  // "from-as-casing"
  std::string_view description;
  bool experimental = false;  // off unless it is asked for

  [[nodiscard]] std::string url() const;
};

// Null: there is no such rule. Case counts.
const CheckRule* find_check_rule(std::string_view name);

}  // namespace stack::dockerfile
