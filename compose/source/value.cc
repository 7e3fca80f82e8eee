#include "compose/source/value.h"

#include <algorithm>

#include "base/letter_case.h"

namespace stack::compose {
namespace {

// Bytes beyond ASCII are taken for letters, which they nearly always are.
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// The digits of `text` from `at`, without leading zeros, and how many there are with them.
std::pair<std::string_view, std::size_t> number_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  const std::size_t length = end - at;
  std::size_t start = at;
  while (start < end && text[start] == '0') ++start;
  return {text.substr(start, end - start), length};
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  std::size_t i = 0;
  bool in_number = false;
  while (i < common && a[i] == b[i]) in_number = is_digit(a[i++]);
  if (i == common) return a.size() < b.size();
  const bool a_letter = letter(a[i]), b_letter = letter(b[i]);
  if (a_letter && b_letter) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
  if (a_letter || b_letter) return in_number ? a_letter : b_letter;
  // Both differ from here; when they do so inside a number, zeros count as its digits.
  const auto more_than_zeros = [&] {
    for (std::size_t j = i; j > 0 && is_digit(a[j - 1]); --j) {
      if (a[j - 1] != '0') return true;
    }
    return false;
  };
  if ((a[i] == '0' || b[i] == '0') && more_than_zeros()) {
    const auto [a_digits, a_length] = number_at(a, i);
    const auto [b_digits, b_length] = number_at(b, i);
    if (a_length != b_length) return a_length < b_length;
    return a[i] < b[i];
  }
  const auto [a_number, a_length] = number_at(a, i);
  const auto [b_number, b_length] = number_at(b, i);
  if (a_number.size() != b_number.size()) return a_number.size() < b_number.size();
  if (a_number != b_number) return a_number < b_number;
  if (a_length != b_length) return a_length < b_length;
  return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
}

Value to_value(const Node& node, KeyOrder order) {
  switch (node.kind) {
    case Kind::null:
      return {};
    case Kind::boolean:
      return node.boolean;
    case Kind::integer:
      return node.integer;
    case Kind::floating:
      return node.floating;
    case Kind::string:
      return node.text;
    case Kind::sequence: {
      Value::List list;
      list.reserve(node.items.size());
      for (const auto& item : node.items) list.push_back(to_value(item, order));
      return list;
    }
    case Kind::mapping:
      break;
  }
  Value::Object object;
  object.reserve(node.entries.size());
  for (const auto& [key, value] : node.entries) object.emplace_back(key, to_value(value, order));
  if (order == KeyOrder::natural) {
    std::ranges::sort(object, [](const auto& a, const auto& b) { return natural_less(a.first, b.first); });
  }
  return object;
}

}  // namespace stack::compose
