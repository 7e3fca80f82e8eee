// Where something stands in a Dockerfile. Plain values: lines and columns count from 1, columns in characters.
#pragma once

#include <cstdint>

namespace stack::dockerfile {

struct Position {
  std::uint32_t line = 0;  // 0: nowhere, the text did not come from a file
  std::uint32_t column = 0;
  auto operator<=>(const Position&) const = default;
};

// `end` is the place behind the last character.
struct Range {
  Position begin, end;
  bool operator==(const Range&) const = default;
};

}  // namespace stack::dockerfile
