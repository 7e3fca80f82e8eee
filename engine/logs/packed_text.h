// Compresses a text in memory, for those that logs are sent to. Pure.
#pragma once

#include <string>
#include <string_view>

namespace stack::logs {

enum class Packing { gzip, zlib };

// `level`: from 0 to 9, or -1 for zlib's own choice. Throws std::bad_alloc.
std::string packed_text(std::string_view text, Packing packing, int level);

}  // namespace stack::logs
