// Whole small files: read, and replace so that a reader (or a power cut) sees the old or the new one, never half of one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace stack {

// Nothing: no such file, or process. Throws stack::Error otherwise, beyond `max_bytes`, and for what is no regular file (nor /dev/null).
std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes = std::size_t{16} << 20);

enum class Durable { no, yes };
// Writes `path` by way of a temporary file beside it and rename(2); with Durable::yes the content and the folder are synced
// before it returns (then it blocks on the disk: not for the daemon's loop).
void replace_file(const std::filesystem::path& path, std::string_view content, Durable durable, unsigned mode = 0644);

// Which file or folder is at `path`, links followed: two that differ are two files, even of the same content. Empty when nobody can tell.
std::string file_identity(const std::filesystem::path& path);
// What was written to the file system of the folder `path` is on its disk: cheaper than an fsync(2) a file. Blocks. Throws stack::Error.
void sync_file_system(const std::filesystem::path& path);

// Writes all of it, or throws "DOING: the reason".
void write_all(BorrowedFd fd, std::string_view content, std::string_view doing = "writing");

}  // namespace stack
