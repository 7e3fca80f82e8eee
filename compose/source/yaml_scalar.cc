#include "compose/source/yaml_scalar.h"

#include <cstdint>

#include "compose/source/yaml_typing.h"

namespace stack::compose {
namespace {

// One character of UTF-8: its number and how many bytes it takes; what is not UTF-8 counts byte by byte.
struct Character {
  std::uint32_t code = 0;
  std::size_t length = 1;
  bool valid = true;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xF0 && first < 0xF5   ? 4
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xC2 && first < 0xE0 ? 2
                                                             : 0;
  if (length == 0 || at + length > text.size()) return {first, 1, false};
  std::uint32_t code = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return {first, 1, false};
    code = (code << 6U) | (byte(at + i) & 0x3FU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {first, 1, false};
  return {code, length, true};
}

bool is_break(std::uint32_t code) {
  return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

bool is_printable(const Character& c) {
  if (!c.valid) return false;
  const auto code = c.code;
  return code == '\n' || (code >= 0x20 && code < 0x7F) || (code >= 0xA0 && code < 0xD800) ||
         (code >= 0xE000 && code < 0xFFFE && code != 0xFEFF);
}

// What stands in the way of the simpler styles.
struct Findings {
  bool special = false, tab = false, breaks = false, indicator = false;
  bool edge_blank = false, trailing_space = false, break_then_space = false, space_then_break = false;
};

Findings examine(std::string_view text) {
  Findings found;
  found.indicator = text.starts_with("---") || text.starts_with("...");
  bool after_blank = true, after_space = false, after_break = false;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    const bool first = i == 0;
    i += c.length;
    const bool last = i >= text.size();
    const Character next = last ? Character{0, 0, true} : character_at(text, i);
    const bool blank_next = last || next.code == ' ' || next.code == '\t' || (next.valid && is_break(next.code));
    if (c.valid && c.code < 0x80) {
      const char ascii = static_cast<char>(c.code);
      const bool opens = first && std::string_view{"#,[]{}&*!|>'\"%@`"}.find(ascii) != std::string_view::npos;
      const bool opens_before_blank = first && blank_next && (ascii == '?' || ascii == '-' || ascii == ':');
      const bool ends_key = ascii == ':' && blank_next;
      const bool comment = ascii == '#' && after_blank;
      found.indicator = found.indicator || opens || opens_before_blank || ends_key || comment;
    }
    if (c.code == '\t' && c.valid) {
      found.tab = true;
    } else if (!is_printable(c)) {
      found.special = true;
    }
    if (c.valid && c.code == ' ') {
      found.edge_blank = found.edge_blank || first || last;
      found.trailing_space = found.trailing_space || last;
      found.break_then_space = found.break_then_space || after_break;
      after_space = true;
      after_break = false;
    } else if (c.valid && is_break(c.code)) {
      found.breaks = true;
      found.edge_blank = found.edge_blank || first || last;
      found.space_then_break = found.space_then_break || after_space;
      after_space = false;
      after_break = true;
    } else {
      after_space = after_break = false;
    }
    after_blank = c.valid && (c.code == ' ' || c.code == '\t' || is_break(c.code));
  }
  return found;
}

}  // namespace

ScalarStyle scalar_style(std::string_view text, bool as_key) {
  if (text.empty() || reads_as_other_type(text)) return ScalarStyle::double_quoted;
  const Findings found = examine(text);
  if (text.find('\n') != std::string_view::npos) {
    const bool block = !found.trailing_space && !found.space_then_break && !found.special && !as_key;
    return block ? ScalarStyle::literal : ScalarStyle::double_quoted;
  }
  if (found.space_then_break || found.tab || found.special || found.break_then_space) return ScalarStyle::double_quoted;
  if (found.edge_blank || found.breaks || found.indicator) {
    return as_key && found.breaks ? ScalarStyle::double_quoted : ScalarStyle::single_quoted;
  }
  return ScalarStyle::plain;
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + '\'';
}

std::string double_quoted(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    const auto bytes = text.substr(i, c.length);
    i += c.length;
    constexpr std::string_view kNamed = "\a\b\t\n\v\f\r\x1B\"\\", kNames = "abtnvfre\"\\";
    const auto named = c.code < 0x80 ? kNamed.find(static_cast<char>(c.code)) : std::string_view::npos;
    if (named != std::string_view::npos) {
      out += '\\';
      out += kNames[named];
    } else if (is_printable(c)) {
      out += bytes;
    } else if (c.code == 0) {
      out += "\\0";
    } else {
      const int width = c.code <= 0xFF ? 2 : c.code <= 0xFFFF ? 4 : 8;
      out += width == 2 ? "\\x" : width == 4 ? "\\u" : "\\U";
      for (int shift = (width - 1) * 4; shift >= 0; shift -= 4) {
        out += kDigits[(c.code >> static_cast<unsigned>(shift)) & 15U];
      }
    }
  }
  return out + '"';
}

std::string literal_header(std::string_view text) {
  std::string header;
  if (text.starts_with(' ') || text.starts_with('\n')) header += '2';
  if (!text.ends_with('\n')) {
    header += '-';
  } else if (text.size() == 1 || text[text.size() - 2] == '\n') {
    header += '+';
  }
  return header;
}

}  // namespace stack::compose
