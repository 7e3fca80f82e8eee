// Where archives go: a file, which is there whole or not at all, or standard output, unless that is a terminal.
#pragma once

#include <functional>
#include <string>

#include "base/unique_fd.h"

namespace stack::cli {

// `path` empty: standard output. Throws what `write` throws.
void write_archive(const std::string& path, const std::function<void(BorrowedFd to)>& write);

}  // namespace stack::cli
