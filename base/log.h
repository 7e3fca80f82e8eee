// The daemon's own log (spdlog's one door). Pure functions never log; an edge decides what becomes a line.
// Any thread; a line is written at once, to the file given to log_to or to stderr before that.
#pragma once

#include <filesystem>
#include <string_view>

namespace stack {

enum class LogLevel { debug, info, warning, error };

// All further lines go to this file, rotated at 10 MB, two old ones kept. A device in its place stays as it is. Throws stack::Error when
// it cannot be opened.
void log_to(const std::filesystem::path& file, LogLevel least);
void log_line(LogLevel level, std::string_view text);

inline void log_debug(std::string_view text) { log_line(LogLevel::debug, text); }
inline void log_info(std::string_view text) { log_line(LogLevel::info, text); }
inline void log_warning(std::string_view text) { log_line(LogLevel::warning, text); }
inline void log_error(std::string_view text) { log_line(LogLevel::error, text); }

}  // namespace stack
