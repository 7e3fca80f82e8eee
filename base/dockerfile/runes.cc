#include "base/dockerfile/runes.h"

namespace stack::dockerfile {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

}  // namespace

Rune rune_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t width = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead >= 0xF5) return {kReplacement, 1};
  char32_t value = lead & (0x7Fu >> width);
  for (std::size_t i = 1; i < width; ++i) {
    if (!continues(text, at + i)) return {kReplacement, 1};
    value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
  }
  const bool overlong = (width == 3 && value < 0x800) || (width == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {kReplacement, 1};
  return {value, width};
}

bool is_space(char32_t rune) {
  return rune == ' ' || (rune >= '\t' && rune <= '\r') || rune == 0x85 || rune == 0xA0 || rune == 0x1680 ||
         (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 || rune == 0x2029 || rune == 0x202F || rune == 0x205F ||
         rune == 0x3000;
}

bool is_digit(char32_t rune) { return rune >= '0' && rune <= '9'; }

bool is_letter(char32_t rune) {
  if (rune < 0x80) return (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z');
  if (rune < 0xC0) return rune == 0xAA || rune == 0xB5 || rune == 0xBA;
  const bool sign = rune == 0xD7 || rune == 0xF7 || (rune >= 0x2000 && rune <= 0x206F) ||
                    (rune >= 0x2190 && rune <= 0x2BFF) || (rune >= 0x3000 && rune <= 0x3004) ||
                    (rune >= 0x3008 && rune <= 0x3020) || rune >= 0x1F000 || rune == kReplacement;
  return !sign && !is_space(rune);
}

std::string_view trim_left(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = rune_at(text, 0);
    if (!is_space(rune.value)) break;
    text.remove_prefix(rune.width);
  }
  return text;
}

std::string_view trim_space(std::string_view text) {
  text = trim_left(text);
  while (!text.empty()) {
    std::size_t last = text.size() - 1;
    while (last > 0 && continues(text, last)) --last;
    if (!is_space(rune_at(text, last).value)) break;
    text.remove_suffix(text.size() - last);
  }
  return text;
}

}  // namespace stack::dockerfile
