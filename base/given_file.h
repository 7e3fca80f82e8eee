// A file that a person names, on a command line or in a file of theirs: a pipe or a terminal will do as well, as with "-f <(command)".
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace stack {

// How long a named pipe may have nobody who writes to it.
inline constexpr std::chrono::seconds kWriterWait{10};

// The content, to the end of a pipe; nothing when there is no such file. Throws stack::Error otherwise: beyond `max_bytes`, and for a named
// pipe that nobody opens for writing within `writer_wait`. Blocks as long as there is a writer: for command lines only.
std::optional<std::string> read_given_file(const std::filesystem::path& path,
                                           std::size_t max_bytes = std::size_t{16} << 20,
                                           std::chrono::milliseconds writer_wait = kWriterWait);

}  // namespace stack
