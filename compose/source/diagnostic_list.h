// Diagnostics for editors and other programs: one JSON document.
//
//   {"version": 1, "diagnostics": [{"severity": "error" or "warning", "name": "unknown_key", "message": "...",
//     "hint": "..." or "", "path": "services.web.prots", "file": "compose.yaml" or "", "line": 4, "column": 5,
//     "end_line": 4, "end_column": 10, "related": [{"file", "line", "column", "message"}]}]}
//
// Lines and columns count from 1, columns in bytes; the end is behind the last byte. A line of 0: about the whole file.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "compose/source/diagnostic.h"

namespace stack::compose {

// `text` gives the content of a file by the name that diagnostics have for it, to find where what they point at ends.
std::string diagnostics_json(const Diagnostics& diagnostics,
                             const std::function<std::optional<std::string>(const std::string& file)>& text);

// The column behind the key or scalar that begins at `column` of `line`; `column` when there is none. Pure.
std::size_t token_end(std::string_view line, std::size_t column);

}  // namespace stack::compose
