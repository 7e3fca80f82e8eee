#include "base/bytes.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>

namespace stack {

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  if (text == "-1") return -1;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::general);
  if (error != std::errc{} || !(number >= 0)) return std::nullopt;
  std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  if (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  std::string lower;
  for (const char c : unit) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  double factor = 1;
  if (!lower.empty() && lower != "b") {
    const std::size_t power = std::string_view{"kmgtp"}.find(lower.front());
    const std::string_view rest = std::string_view{lower}.substr(1);
    if (power == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib")) return std::nullopt;
    factor = std::pow(1024.0, static_cast<double>(power + 1));
  }
  const double bytes = number * factor;
  if (bytes >= 9.2e18) return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 6> kUnits{"B", "kB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g%s", value >= 100 ? std::round(value * 10) / 10 : value, kUnits[unit]);
  return text.data();
}

}  // namespace stack
