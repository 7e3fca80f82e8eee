// Words for yes and no as Docker reads them (Go's ParseBool).
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace stack {

// Nothing for any other text.
inline std::optional<bool> parse_truth(std::string_view text) {
  constexpr std::array<std::string_view, 6> kYes{"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array<std::string_view, 6> kNo{"0", "f", "F", "false", "FALSE", "False"};
  if (std::find(kYes.begin(), kYes.end(), text) != kYes.end()) return true;
  if (std::find(kNo.begin(), kNo.end(), text) != kNo.end()) return false;
  return std::nullopt;
}

}  // namespace stack
