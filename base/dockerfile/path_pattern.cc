#include "base/dockerfile/path_pattern.h"

#include <algorithm>

#include "base/dockerfile/runes.h"

namespace stack::dockerfile {
namespace {

// One character of a set; false when there is none.
bool set_rune(std::string_view pattern, std::size_t& at, char32_t& rune) {
  if (at >= pattern.size() || pattern[at] == '-' || pattern[at] == ']') return false;
  if (pattern[at] == '\\' && ++at >= pattern.size()) return false;
  const Rune next = rune_at(pattern, at);
  rune = next.value;
  at += next.width;
  return true;
}

bool special(std::string_view pattern) { return pattern.find_first_of("*?[]\\") != std::string_view::npos; }

}  // namespace

bool PathPattern::parse_set(std::string_view pattern, std::size_t& at, Token& token) {
  token.kind = Token::Kind::set;
  if (at < pattern.size() && pattern[at] == '^') {
    token.negated = true;
    ++at;
  }
  while (true) {
    if (at < pattern.size() && pattern[at] == ']' && !token.ranges.empty()) {
      ++at;
      return true;
    }
    std::pair<char32_t, char32_t> range;
    if (!set_rune(pattern, at, range.first)) return false;
    range.second = range.first;
    if (at < pattern.size() && pattern[at] == '-' && !set_rune(pattern, ++at, range.second)) return false;
    token.ranges.push_back(range);
  }
}

std::optional<PathPattern> PathPattern::compile(std::string_view pattern) {
  PathPattern result;
  for (std::size_t at = 0; at < pattern.size();) {
    const Rune rune = rune_at(pattern, at);
    const bool first = at == 0;
    at += rune.width;
    Token token{Token::Kind::text, rune.value, false, {}};
    if (rune.value == '*' && at < pattern.size() && pattern[at] == '*') {
      ++at;
      const bool slash = at < pattern.size() && pattern[at] == '/';
      if (slash) ++at;
      // "**name" at the beginning, with nothing else that is special, is a name's end, whatever stands in front.
      const bool any_end = first && !slash && at < pattern.size() && !special(pattern.substr(at));
      token.kind = at == pattern.size() || any_end ? Token::Kind::rest : Token::Kind::folders;
    } else if (rune.value == '*') {
      token.kind = Token::Kind::many;
    } else if (rune.value == '?') {
      token.kind = Token::Kind::one;
    } else if (rune.value == '[') {
      if (!parse_set(pattern, at, token)) return std::nullopt;
    } else if (rune.value == '\\') {
      if (at >= pattern.size()) return std::nullopt;
      const Rune next = rune_at(pattern, at);
      token.rune = next.value;
      at += next.width;
    }
    result.tokens_.push_back(std::move(token));
  }
  return result;
}

bool PathPattern::takes(const Token& token, char32_t rune) {
  switch (token.kind) {
    case Token::Kind::text:
      return rune == token.rune;
    case Token::Kind::one:
    case Token::Kind::many:
      return rune != '/';
    case Token::Kind::folders:
    case Token::Kind::rest:
      return true;
    case Token::Kind::set:
      return token.negated !=
             std::ranges::any_of(token.ranges, [&](const auto& it) { return rune >= it.first && rune <= it.second; });
  }
  return false;
}

// Row by row from the end: whether the tokens from here on match the path from each of its places on.
bool PathPattern::matches(std::string_view path) const {
  std::vector<char32_t> runes;
  for (std::size_t at = 0; at < path.size();) {
    const Rune rune = rune_at(path, at);
    runes.push_back(rune.value);
    at += rune.width;
  }
  const std::size_t size = runes.size();
  std::vector<char> row(size + 1, 0), next(size + 1, 0);
  row[size] = 1;
  for (auto token = tokens_.rbegin(); token != tokens_.rend(); ++token) {
    bool behind_slash = false;  // whether some place behind a later slash matches
    for (std::size_t i = size + 1; i-- > 0;) {
      const bool inside = i < size && takes(*token, runes[i]);
      switch (token->kind) {
        case Token::Kind::many:
        case Token::Kind::rest:
          next[i] = static_cast<char>(row[i] != 0 || (inside && next[i + 1] != 0));
          break;
        case Token::Kind::folders:
          if (i < size && runes[i] == '/' && row[i + 1] != 0) behind_slash = true;
          next[i] = static_cast<char>(row[i] != 0 || behind_slash);
          break;
        default:
          next[i] = static_cast<char>(inside && row[i + 1] != 0);
      }
    }
    row.swap(next);
  }
  return row[0] != 0;
}

}  // namespace stack::dockerfile
