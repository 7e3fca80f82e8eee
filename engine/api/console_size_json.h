// The size of a terminal from its first moment, as Docker's clients write it: [rows, columns]. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/api/codec_json.h"

namespace stack::api {

// Leaves both as they are when nothing is said. Throws for anything else than two numbers.
inline void read_console_size(const nlohmann::json& value, std::uint16_t& rows, std::uint16_t& columns) {
  const auto size = member_of<std::vector<std::int64_t>>(value, "ConsoleSize");
  if (size.empty()) return;
  if (size.size() != 2 || !std::in_range<std::uint16_t>(size[0]) || !std::in_range<std::uint16_t>(size[1]))
    throw Error(ErrorKind::invalid, "invalid ConsoleSize").remedy("write [rows, columns]");
  rows = static_cast<std::uint16_t>(size[0]);
  columns = static_cast<std::uint16_t>(size[1]);
}

}  // namespace stack::api
