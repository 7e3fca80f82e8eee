// Where a path leads to below a folder that is taken for the root: symbolic links are followed, ".." ends at the root, and what does not
// exist stays as written. What is opened afterwards is opened without following links, so that a race reaches nothing outside.
#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace stack::build {

// Relative to the root, clean, without links; "" is the root itself. Throws stack::Error(invalid) for links in a circle.
std::string path_in_root(BorrowedFd root, std::string_view path);
// The same, but the last component may be a link.
std::string parent_in_root(BorrowedFd root, std::string_view path);
// "a/b": what lies in `folder` ("" is the root).
std::string joined(std::string_view folder, std::string_view name);

}  // namespace stack::build
