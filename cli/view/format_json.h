// Docker's --format for lists: rows, given as one JSON object a line, become what the user's template makes of them.
//
//   json              the rows as they are
//   TEMPLATE          a line a row
//   table TEMPLATE    aligned columns, cells parted by \t, below the columns' titles
//
// In a template \t and \n mean a tab and a new line. Functions are Docker's and those of Go's templates: json, upper, lower, title, split,
// join, truncate, pad, len, index, slice, print, printf, println, eq, ne, lt, le, gt, ge, and, or, not. Pure.
#pragma once

#include <map>
#include <string>

namespace stack::cli {

// `titles`: the heads of columns, by field; a field that is not there is its own name in capitals.
// Throws stack::Error(invalid) for a template that cannot be read, a field that the rows do not have, or wrong arguments.
std::string format_rows(const std::string& format, const std::string& json_lines,
                        const std::map<std::string, std::string>& titles);

// The same for what `inspect` found; of nothing, an empty line, as Docker prints it.
std::string format_objects(const std::string& format, const std::string& json_lines);

}  // namespace stack::cli
