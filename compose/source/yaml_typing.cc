#include "compose/source/yaml_typing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "base/letter_case.h"

namespace stack::compose {
namespace {

template <std::size_t N>
bool one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, text) != words.end();
}

constexpr std::array<std::string_view, 3> kTrue{"true", "True", "TRUE"};
constexpr std::array<std::string_view, 3> kFalse{"false", "False", "FALSE"};
constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> kNan{".nan", ".NaN", ".NAN"};
constexpr std::array<std::string_view, 6> kInfinity{".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"};
constexpr std::array<std::string_view, 3> kMinusInfinity{"-.inf", "-.Inf", "-.INF"};
// Booleans of YAML 1.1, which other readers of our output may still see in them.
constexpr std::array<std::string_view, 16> kOldBooleans{"y", "Y", "yes", "Yes", "YES", "on",  "On",  "ON",
                                                        "n", "N", "no",  "No",  "NO",  "off", "Off", "OFF"};

std::optional<std::int64_t> whole_number(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.size() > 1 && text.front() == '0') {
    const char mark = text[1];
    const bool prefixed = mark == 'x' || mark == 'X' || mark == 'o' || mark == 'O' || mark == 'b' || mark == 'B';
    base = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
    text.remove_prefix(prefixed ? 2 : 1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value > kMost + (negative ? 1U : 0U)) return std::nullopt;
  return negative ? static_cast<std::int64_t>(~value + 1U) : static_cast<std::int64_t>(value);
}

// A decimal number beyond int64_t that an uint64_t still holds.
bool fits_unsigned(std::string_view text) {
  if (text.empty()) return false;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && text.front() != '0';
}

// [-+] digits [. digits] [e [-+] digits], or . digits
bool looks_like_float(std::string_view text) {
  std::size_t i = 0;
  const auto run = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - start;
  };
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  const std::size_t before = run();
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (run() == 0 && before == 0) return false;
  } else if (before == 0) {
    return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (run() == 0) return false;
  }
  return i == text.size();
}

// 22:22 and 1:30:00 were numbers to base 60 in YAML 1.1.
bool looks_like_base60(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return false;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  if (!std::ranges::all_of(text.substr(0, colon), [](char c) { return is_digit(c) || c == '_'; })) return false;
  text.remove_prefix(colon);
  while (!text.empty() && text.front() == ':') {
    text.remove_prefix(1);
    std::size_t length = 0;
    while (length < 2 && length < text.size() && is_digit(text[length])) ++length;
    if (length == 0 || (length == 2 && text.front() > '5')) return false;
    text.remove_prefix(length);
  }
  if (text.empty()) return true;
  return text.front() == '.' && std::ranges::all_of(text.substr(1), [](char c) { return is_digit(c) || c == '_'; });
}

// 2024-01-31, with or without a time: a timestamp to other readers.
bool looks_like_date(std::string_view text) {
  if (text.size() < 8 || !std::ranges::all_of(text.substr(0, 4), is_digit) || text[4] != '-') return false;
  std::size_t i = 5;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == 5 || i > 7 || i >= text.size() || text[i] != '-') return false;
  const std::size_t day = ++i;
  while (i < text.size() && is_digit(text[i])) ++i;
  if (i == day || i > day + 2) return false;
  return i == text.size() || text[i] == 'T' || text[i] == 't' || text[i] == ' ';
}

}  // namespace

void resolve_plain(Node& node, std::string_view text) {
  node.text = text;
  node.kind = Kind::string;
  if (one_of(text, kNull)) {
    node.kind = Kind::null;
  } else if (one_of(text, kTrue) || one_of(text, kFalse)) {
    node.kind = Kind::boolean;
    node.boolean = one_of(text, kTrue);
  } else if (one_of(text, kNan) || one_of(text, kInfinity) || one_of(text, kMinusInfinity)) {
    node.kind = Kind::floating;
    node.floating = one_of(text, kNan)        ? std::numeric_limits<double>::quiet_NaN()
                    : one_of(text, kInfinity) ? std::numeric_limits<double>::infinity()
                                              : -std::numeric_limits<double>::infinity();
  } else if (is_digit(text.front()) || text.front() == '+' || text.front() == '-' || text.front() == '.') {
    std::string bare{text};
    std::erase(bare, '_');
    if (const auto value = whole_number(bare); value && text.front() != '.') {
      node.kind = Kind::integer;
      node.integer = *value;
    } else if (fits_unsigned(bare)) {
      node.text = bare;  // too large to be a number here, and too exact to be rounded
    } else if (looks_like_float(bare)) {
      const char* const start = bare.data() + (bare.front() == '+' ? 1 : 0);
      double number = 0;
      if (std::from_chars(start, bare.data() + bare.size(), number).ec == std::errc{}) {
        node.kind = Kind::floating;
        node.floating = number;
      }
    }
  }
}

bool reads_as_other_type(std::string_view text) {
  Node node;
  resolve_plain(node, text);
  return node.kind != Kind::string || one_of(text, kOldBooleans) || looks_like_base60(text) || looks_like_date(text) ||
         fits_unsigned(text) || text == "<<";
}

}  // namespace stack::compose
