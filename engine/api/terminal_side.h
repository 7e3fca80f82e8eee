// The size of a terminal in a request of Docker's API. Pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/api/request.h"

namespace stack::api {

// `name` is "h" or "w". Throws invalid.
inline std::uint16_t terminal_side(const Request& in, const char* name) {
  const std::string text = in.get(name);
  const std::string_view digits = std::string_view{text}.substr(text.starts_with('-') ? 1 : 0);
  const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  std::uint16_t side = 0;
  if (is_number && std::from_chars(text.data(), text.data() + text.size(), side).ec == std::errc{}) return side;
  const bool height = std::string_view{name} == "h";
  throw Error(ErrorKind::invalid, std::string{"invalid resize "} + (height ? "height" : "width") + " \"" + text +
                                      "\": " + (is_number ? "value out of range" : "invalid syntax"))
      .remedy("give h and w, 0 to 65535");
}

}  // namespace stack::api
