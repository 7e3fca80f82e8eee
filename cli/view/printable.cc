#include "cli/view/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace stack::cli {
namespace {

constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

// One character, or one byte that belongs to none.
struct Piece {
  std::string_view bytes;
  std::uint32_t code = 0;
  bool valid = true;
};

std::size_t length_by(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

Piece take(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = length_by(byte(0));
  const Piece broken{text.substr(0, 1), byte(0), false};
  if (length == 0 || length > text.size()) return broken;
  std::uint32_t code = length == 1 ? byte(0) : byte(0) & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return broken;
    code = code << 6 | (byte(i) & 0x3fU);
  }
  static constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return broken;
  return {text.substr(0, length), code, true};
}

struct Interval {
  std::uint32_t first, last;
};

template <std::size_t N>
bool in(const std::array<Interval, N>& table, std::uint32_t code) {
  return std::any_of(table.begin(), table.end(),
                     [&](const Interval& one) { return code >= one.first && code <= one.last; });
}

// Controls, and what reverses or hides the text behind it.
bool harmful(std::uint32_t code) {
  static constexpr std::array<Interval, 6> kHarmful{
      {{0, 0x1f}, {0x7f, 0x9f}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}}};
  return in(kHarmful, code);
}

std::size_t columns(const Piece& piece) {
  static constexpr std::array<Interval, 6> kCombining{
      {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef}}};
  static constexpr std::array<Interval, 11> kWide{{{0x1100, 0x115f},
                                                   {0x2e80, 0x303e},
                                                   {0x3041, 0x4dbf},
                                                   {0x4e00, 0xa4cf},
                                                   {0xac00, 0xd7a3},
                                                   {0xf900, 0xfaff},
                                                   {0xfe30, 0xfe6f},
                                                   {0xff00, 0xff60},
                                                   {0xffe0, 0xffe6},
                                                   {0x1f300, 0x1faff},
                                                   {0x20000, 0x3fffd}}};
  if (!piece.valid) return 1;
  if (in(kCombining, piece.code)) return 0;
  return in(kWide, piece.code) ? 2 : 1;
}

std::string escape(const Piece& piece) {
  if (piece.code == '\n') return "\\n";
  if (piece.code == '\t') return "\\t";
  if (piece.code == '\r') return "\\r";
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), piece.code < 0x100 ? "\\x%02x" : "\\u%04x",
                static_cast<unsigned>(piece.code));
  return text.data();
}

// Of a sequence at the beginning that sets a colour, bold or nothing; 0 for any other, also for those that hide text.
std::size_t colour_length(std::string_view text) {
  static constexpr std::array<Interval, 6> kColours{{{0, 4}, {22, 22}, {24, 24}, {30, 37}, {39, 39}, {90, 97}}};
  if (!text.starts_with("\033[")) return 0;
  std::uint32_t code = 0;
  for (std::size_t i = 2; i < text.size() && i < 16; ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      code = code * 10 + static_cast<std::uint32_t>(c - '0');
      if (code > 1000) return 0;
    } else if (c == ';' || c == 'm') {
      if (!in(kColours, code)) return 0;
      code = 0;
      if (c == 'm') return i + 1;
    } else {
      return 0;
    }
  }
  return 0;
}

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    pieces.push_back(take(text));
    text.remove_prefix(pieces.back().bytes.size());
  }
  return pieces;
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
  std::string out;
  for (const Piece& piece : pieces_of(text)) {
    const bool kept = lines && (piece.code == '\n' || piece.code == '\t');
    if (!kept && (!piece.valid || harmful(piece.code))) {
      out += escape(piece);
    } else {
      out += piece.bytes;
    }
  }
  return out;
}

std::string harmless(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t escape = std::min(text.find('\033'), text.size());
    out += printable(text.substr(0, escape), true);
    text.remove_prefix(escape);
    if (text.empty()) break;
    const std::size_t length = std::max<std::size_t>(colour_length(text), 1);
    out += length > 1 ? std::string{text.substr(0, length)} : printable(text.substr(0, 1));
    text.remove_prefix(length);
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const Piece& piece : pieces_of(text)) width += columns(piece);
  return width;
}

std::string cut_end(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string{text};
  if (width == 0) return {};
  std::string out;
  std::size_t used = 1;
  for (const Piece& piece : pieces_of(text)) {
    if ((used += columns(piece)) > width) break;
    out += piece.bytes;
  }
  return out += kEllipsis;
}

std::string cut_start(std::string_view text, std::size_t width) {
  if (width_of(text) <= width) return std::string{text};
  if (width == 0) return {};
  const std::vector<Piece> pieces = pieces_of(text);
  std::size_t used = 1;
  std::size_t bytes = 0;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    if ((used += columns(*piece)) > width) break;
    bytes += piece->bytes.size();
  }
  return std::string{kEllipsis} + std::string{text.substr(text.size() - bytes)};
}

}  // namespace stack::cli
