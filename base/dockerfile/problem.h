// A mistake in a Dockerfile (or a doubt about it) with the place that it points at. A value: parsing collects all of them in one run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/dockerfile/source_range.h"

namespace stack::dockerfile {

enum class Severity : std::uint8_t { error, warning };

struct Problem {
  Severity severity = Severity::error;
  std::string code;     // stable word for programs: "unknown_instruction", or the name of a build check: "FromAsCasing"
  std::string message;  // one sentence without a full stop
  std::string remedy;   // what would be right; may be empty
  Range range;
  bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

bool has_errors(const Problems& problems);

// Dockerfile:4:1: error: unknown instruction "COPI"; did you mean "COPY"?
// `file` is the file's name as the user knows it; a problem without a place has no line. Control characters come out escaped. Ends with
// a newline.
std::string render(const Problem& problem, std::string_view file);
std::string render(const Problems& problems, std::string_view file);

}  // namespace stack::dockerfile
