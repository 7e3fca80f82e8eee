// How deep a JSON text nests, before a parser builds anything of it: brackets are cheap to send and dear to keep.
#pragma once

#include <cstddef>
#include <string_view>

namespace stack {

inline constexpr std::size_t kJsonDepthMax = 256;

// Whether arrays and objects nest deeper than `depth`. Brackets in strings do not count. What is not JSON is for the parser to
// say. Stops at the first bracket that is too deep.
bool nests_deeper(std::string_view json, std::size_t depth = kJsonDepthMax);

}  // namespace stack
