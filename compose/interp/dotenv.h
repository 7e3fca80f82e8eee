// The syntax of .env files, env_file and label_file (Compose: "env_file format"): NAME=value lines with comments,
// single quotes (literal), double quotes (escapes and variables), values over several lines in quotes, `export` in
// front, and bare names that inherit from outside. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "compose/interp/template.h"
#include "compose/source/diagnostic.h"

namespace stack::compose {

struct Dotenv {
  std::map<std::string, std::string> values;
  std::map<std::string, SourcePlace> places;  // where each value stands
  Diagnostics diagnostics;                    // after an error the values before it are there
};

// `outside` is asked first for variables in values and for bare names; then come the names read so far, and last `before`,
// what files before this one said (variables in values alone).
Dotenv parse_dotenv(std::string_view text, std::string_view file, const Lookup& outside, const Lookup& before = {});
// `format: raw`: everything behind the first "=" is the value, without quotes, comments or variables.
Dotenv parse_raw_env(std::string_view text, std::string_view file, const Lookup& outside);

}  // namespace stack::compose
