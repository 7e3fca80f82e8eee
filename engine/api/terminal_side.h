// The size of a terminal in a request of Docker's API. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/api/request.h"

namespace stack::api {

// `name` is "h" or "w". Throws invalid.
inline std::uint16_t terminal_side(const Request& in, const char* name) {
  const auto number = in.number(name);
  if (!number || *number < 0 || *number > UINT16_MAX) {
    const bool height = std::string_view{name} == "h";
    throw Error(ErrorKind::invalid, std::string{"invalid resize "} + (height ? "height" : "width") + " \"" +
                                        in.get(name) + "\": invalid syntax")
        .remedy("give h and w, 0 to 65535");
  }
  return static_cast<std::uint16_t>(*number);
}

}  // namespace stack::api
