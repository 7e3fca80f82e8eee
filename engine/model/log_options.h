// The options of logging drivers: which there are, and which of them mean something here.
#pragma once

#include <string>
#include <string_view>

namespace stack::model {

// What one option of a driver ("json-file", "local", "none" or "", the default) is worth.
struct LogOptionVerdict {
  std::string fault;      // why it is refused, with what would be right; empty: it is not
  std::string no_effect;  // why it changes nothing here; empty: it does, or it asks for what happens anyway
};

LogOptionVerdict judge_log_option(std::string_view driver, const std::string& name, const std::string& value);

}  // namespace stack::model
