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

namespace {

using Units = std::array<const char*, 6>;
constexpr Units kDecimal{"B", "kB", "MB", "GB", "TB", "PB"};
constexpr Units kBinary{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

struct Scaled {
  double value = 0;
  std::size_t unit = 0;
};
Scaled scaled(std::uint64_t bytes, double step) {
  Scaled out{static_cast<double>(bytes), 0};
  for (; out.value >= step && out.unit + 1 < kDecimal.size(); ++out.unit) out.value /= step;
  return out;
}

std::string with_digits(const Scaled& scaled, int digits, const Units& units) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*g%s", digits, scaled.value, units.at(scaled.unit));
  return text.data();
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  Scaled value = scaled(bytes, 1000);
  if (value.value >= 100) value.value = std::round(value.value * 10) / 10;
  return with_digits(value, 4, kDecimal);
}

std::string short_bytes(std::uint64_t bytes) { return with_digits(scaled(bytes, 1000), 3, kDecimal); }

std::string binary_bytes(std::uint64_t bytes) { return with_digits(scaled(bytes, 1024), 4, kBinary); }

}  // namespace stack
