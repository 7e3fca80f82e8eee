// Base64 (RFC 4648), as credentials are written. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stack {

std::string encode_base64(std::string_view bytes);
// Takes both alphabets, padded or not; nothing for anything else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace stack
