#include "base/dockerfile/shell_pattern.h"

#include <algorithm>

#include "base/dockerfile/runes.h"

namespace stack::dockerfile {
namespace {

constexpr std::size_t kWorkMax = std::size_t{64} << 20;
constexpr long kNone = -1;

// The characters of a value and where each begins; one more offset for the end.
struct Split {
  std::vector<char32_t> runes;
  std::vector<std::size_t> offsets;
};

Split split(std::string_view text) {
  Split out;
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    out.runes.push_back(rune.value);
    out.offsets.push_back(at);
    at += rune.width;
  }
  out.offsets.push_back(text.size());
  return out;
}

long better(long a, long b, bool greedy) {
  if (a == kNone || b == kNone) return std::max(a, b);
  return greedy ? std::max(a, b) : std::min(a, b);
}

}  // namespace

std::optional<ShellPattern> ShellPattern::compile(std::string_view pattern, std::string& error) {
  ShellPattern result;
  for (std::size_t at = 0; at < pattern.size();) {
    Rune rune = rune_at(pattern, at);
    at += rune.width;
    Token token{Token::Kind::text, rune.value};
    if (rune.value == '*') {
      token.kind = Token::Kind::star;
    } else if (rune.value == '?') {
      token.kind = Token::Kind::one;
    } else if (rune.value == '\\') {
      const char next = at < pattern.size() ? pattern[at] : '\0';
      if (next == '}' || next == '/') continue;
      if (next != '*' && next != '?' && next != '\\') {
        error = at < pattern.size()
                    ? "invalid escape \"\\" + std::string{pattern.substr(at, rune_at(pattern, at).width)} + "\""
                    : "the pattern ends with a backslash";
        return std::nullopt;
      }
      token.rune = static_cast<unsigned char>(next);
      ++at;
    }
    result.tokens_.push_back(token);
  }
  return result;
}

bool ShellPattern::too_large(std::string_view value) const {
  return (tokens_.size() + 1) * (value.size() + 1) > kWorkMax;
}

// For each place of the value where a match that begins there ends, or kNone.
std::vector<long> ShellPattern::ends(const std::vector<char32_t>& value, bool greedy) const {
  const std::size_t size = value.size();
  std::vector<long> row(size + 1), next(size + 1);
  for (std::size_t i = 0; i <= size; ++i) row[i] = static_cast<long>(i);
  for (auto token = tokens_.rbegin(); token != tokens_.rend(); ++token) {
    for (std::size_t i = size + 1; i-- > 0;) {
      const bool inside = i < size;
      switch (token->kind) {
        case Token::Kind::star:
          next[i] = better(row[i], inside && value[i] != '\n' ? next[i + 1] : kNone, greedy);
          break;
        case Token::Kind::one:
          next[i] = inside && value[i] != '\n' ? row[i + 1] : kNone;
          break;
        case Token::Kind::text:
          next[i] = inside && value[i] == token->rune ? row[i + 1] : kNone;
          break;
      }
    }
    row.swap(next);
  }
  return row;
}

std::optional<std::string> ShellPattern::without_prefix(std::string_view value, bool greedy) const {
  if (too_large(value)) return std::nullopt;
  const Split parts = split(value);
  const long end = ends(parts.runes, greedy).front();
  return std::string{end == kNone ? value : value.substr(parts.offsets[static_cast<std::size_t>(end)])};
}

std::optional<std::string> ShellPattern::without_suffix(std::string_view value, bool greedy) const {
  if (too_large(value)) return std::nullopt;
  ShellPattern backwards = *this;
  std::ranges::reverse(backwards.tokens_);
  Split parts = split(value);
  std::ranges::reverse(parts.runes);
  const long length = backwards.ends(parts.runes, greedy).front();
  if (length == kNone) return std::string{value};
  return std::string{value.substr(0, parts.offsets[parts.runes.size() - static_cast<std::size_t>(length)])};
}

// As Go replaces: an empty match right behind another match is none.
std::optional<std::string> ShellPattern::replaced(std::string_view value, std::string_view replacement,
                                                  bool all) const {
  if (too_large(value)) return std::nullopt;
  const Split parts = split(value);
  const std::vector<long> end = ends(parts.runes, true);
  std::string out;
  std::size_t copied = 0;  // characters of the value that are in `out`
  for (std::size_t at = 0; at <= parts.runes.size();) {
    if (end[at] == kNone) {
      ++at;
      continue;
    }
    const auto stop = static_cast<std::size_t>(end[at]);
    out += value.substr(parts.offsets[copied], parts.offsets[at] - parts.offsets[copied]);
    if (stop > copied || at == 0) out += replacement;
    if (out.size() > kWorkMax) return std::nullopt;
    copied = stop;
    if (!all) break;
    at = std::max(at + 1, stop);
  }
  return out.append(value.substr(parts.offsets[copied]));
}

}  // namespace stack::dockerfile
