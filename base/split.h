// A text taken apart at one character. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace stack {

// "a,,b" is "a", "" and "b"; an empty text is one empty part.
inline std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// The same without the empty ones.
inline std::vector<std::string> split_list(std::string_view text, char at = ',') {
  std::vector<std::string> parts = split(text, at);
  std::erase(parts, std::string{});
  return parts;
}

}  // namespace stack
