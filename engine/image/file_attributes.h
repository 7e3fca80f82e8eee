// Extended attributes of a file, as archives and copies keep them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace stack::image {

// Ordered by name. Left out are those that belong to overlayfs (trusted.*) and to the host's security modules: they describe the
// host, not the file. Empty where the file system has none.
std::vector<std::pair<std::string, std::string>> read_attributes(BorrowedFd file);

// Sets on `to` what read_attributes() finds on `from`; only the one of that name, where one is given. A file system without attributes is
// no failure; anything else throws.
void copy_attributes(BorrowedFd from, BorrowedFd to, std::string_view only = {});

}  // namespace stack::image
