// Paths as text: joined and cleaned without asking the file system. Pure.
#pragma once

#include <string>
#include <string_view>

namespace stack {

// Without "." and "..", double and trailing slashes; "" becomes ".".
std::string clean_path(std::string_view path);
// `path` cleaned, below `base` when it is relative.
std::string absolute_path(std::string_view base, std::string_view path);
// `path` as seen from the folder `dir`, both absolute.
std::string relative_path(std::string_view dir, std::string_view path);
std::string parent_path(std::string_view path);
std::string base_name(std::string_view path);
// How a message names `path` to somebody who is in `working_dir`: relative when it is below.
std::string shown_path(std::string_view working_dir, const std::string& path);

}  // namespace stack
