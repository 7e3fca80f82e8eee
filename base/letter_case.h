// ASCII letters in capitals and in small ones, whatever the locale; other bytes stay. Pure.
#pragma once

#include <string>
#include <string_view>

namespace stack {

inline std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

inline std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace stack
