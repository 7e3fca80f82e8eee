#include "base/duration.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace stack {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array<Unit, 9> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"\xc2\xb5s", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"d", 86'400'000'000'000},
                                      {"w", 604'800'000'000'000}}};

std::string trimmed(double value) {
  std::array<char, 40> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

}  // namespace

std::optional<Nanos> parse_duration(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return Nanos{0};
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::size_t length = std::min(text.find_first_of("0123456789."), text.size());
    const std::string_view name = text.substr(0, length);
    const Unit* found = nullptr;
    for (const Unit& unit : kUnits) {
      if (unit.name == name) found = &unit;
    }
    if (found == nullptr) return std::nullopt;
    total += number * static_cast<double>(found->ns);
    text.remove_prefix(length);
  }
  if (total > 9.2e18) return std::nullopt;
  const auto ns = static_cast<std::int64_t>(std::llround(total));
  return Nanos{negative ? -ns : ns};
}

std::string format_duration(Nanos duration) {
  std::int64_t ns = duration.count();
  if (ns == 0) return "0s";
  std::string text = ns < 0 ? "-" : "";
  if (ns < 0) ns = -ns;
  if (ns < 1'000'000'000) {
    if (ns < 1'000) return text + std::to_string(ns) + "ns";
    if (ns < 1'000'000) return text + trimmed(static_cast<double>(ns) / 1e3) + "\xc2\xb5s";
    return text + trimmed(static_cast<double>(ns) / 1e6) + "ms";
  }
  const std::int64_t hours = ns / 3'600'000'000'000;
  const std::int64_t minutes = ns / 60'000'000'000 % 60;
  const std::int64_t rest = ns % 60'000'000'000;
  if (hours > 0) text += std::to_string(hours) + "h";
  if (hours > 0 || minutes > 0) text += std::to_string(minutes) + "m";
  return text + trimmed(static_cast<double>(rest) / 1e9) + "s";
}

}  // namespace stack
