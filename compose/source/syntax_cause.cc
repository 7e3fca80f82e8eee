#include "compose/source/syntax_cause.h"

#include <algorithm>
#include <vector>

namespace stack::compose {
namespace {

using TextLines = std::vector<std::string_view>;

TextLines split(std::string_view text) {
  TextLines lines;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    auto line = text.substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    start = end + 1;
  }
  return lines;
}

std::size_t indent_of(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

// Without what surrounds it: indentation, a comment behind it, blanks.
std::string_view content_of(std::string_view line) {
  line.remove_prefix(indent_of(line));
  if (line.starts_with('#')) return {};
  line = line.substr(0, line.find(" #"));
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  return line;
}

std::optional<std::size_t> line_before(const TextLines& lines, std::size_t at) {
  while (at > 0) {
    if (!content_of(lines[--at]).empty()) return at;
  }
  return std::nullopt;
}

bool is_item(std::string_view content) { return content == "-" || content.starts_with("- "); }

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

std::optional<SyntaxCause> merge_conflict(const TextLines& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with("<<<<<<< ") && !lines[i].starts_with(">>>>>>> ")) continue;
    return SyntaxCause{i, 0, "a merge conflict was left here",
                       "keep one of the two sides, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>"};
  }
  return std::nullopt;
}

// Finds a quoted text that goes over lines and ends in the middle of something: its end was meant to begin another text.
class QuoteSearch {
 public:
  explicit QuoteSearch(const TextLines& lines) : lines_(lines) {}

  std::optional<SyntaxCause> run(std::size_t until) {
    for (std::size_t i = 0; i < lines_.size() && i <= until; ++i) {
      if (skip_block(i)) continue;
      for (std::size_t at = indent_of(lines_[i]); at < lines_[i].size();) {
        const char c = lines_[i][at];
        if (c == '#' && (at == 0 || lines_[i][at - 1] == ' ')) break;
        if ((c != '"' && c != '\'') || !may_begin(lines_[i], at)) {
          ++at;
          continue;
        }
        const auto end = end_of_quote(i, at);
        if (!end) return SyntaxCause{i, at, "the quote that begins here is not closed", closing(c)};
        if (end->first > i && !may_end(lines_[end->first], end->second)) {
          return SyntaxCause{i, at,
                             "the quote that begins here is not closed; the next one, in line " +
                                 std::to_string(end->first + 1) + ", ends it",
                             closing(c)};
        }
        i = end->first;
        at = end->second;
      }
    }
    return std::nullopt;
  }

 private:
  static std::string closing(char quote) { return std::string{"close it with "} + quote; }

  // Lines of a text that is written as a block are no YAML.
  bool skip_block(std::size_t& line) const {
    const auto content = content_of(lines_[line]);
    const auto sign = content.find_last_of("|>");
    const bool block = sign != std::string_view::npos && sign > 0 && content[sign - 1] == ' ' &&
                       content.substr(sign + 1).find_first_not_of("+-0123456789") == std::string_view::npos;
    if (!block) return false;
    const std::size_t indent = indent_of(lines_[line]);
    while (line + 1 < lines_.size() && (content_of(lines_[line + 1]).empty() || indent_of(lines_[line + 1]) > indent))
      ++line;
    return true;
  }

  static bool may_begin(std::string_view line, std::size_t at) {
    if (at == indent_of(line)) return true;
    const char before = line[at - 1];
    if (before == '[' || before == '{' || before == ',') return true;
    if (before != ' ') return false;
    const auto last = line.find_last_not_of(' ', at - 1);
    return last != std::string_view::npos && std::string_view{":-,[{"}.find(line[last]) != std::string_view::npos;
  }

  static bool may_end(std::string_view line, std::size_t at) {
    const auto rest = line.substr(std::min(at, line.size()));
    const auto next = rest.find_first_not_of(" \t");
    return next == std::string_view::npos || std::string_view{",]}:#"}.find(rest[next]) != std::string_view::npos;
  }

  // Line and column behind the closing quote.
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> end_of_quote(std::size_t line,
                                                                                std::size_t at) const {
    const char quote = lines_[line][at];
    for (++at; line < lines_.size(); ++line, at = 0) {
      for (; at < lines_[line].size(); ++at) {
        if (quote == '"' && lines_[line][at] == '\\') {
          ++at;
        } else if (lines_[line][at] == quote) {
          if (quote == '"' || at + 1 >= lines_[line].size() || lines_[line][at + 1] != quote)
            return std::pair{line, at + 1};
          ++at;
        }
      }
    }
    return std::nullopt;
  }

  const TextLines& lines_;
};

// What a line says that is no key because its colon or the blank behind that is missing.
std::optional<SyntaxCause> colonless(std::string_view content, std::size_t line, std::size_t column) {
  if (content.starts_with('*')) {
    return SyntaxCause{line, column, "an alias stands among the keys of a mapping",
                       "write \"<<: " + std::string{content} + "\""};
  }
  if (content.starts_with('"') || content.starts_with('\''))
    return SyntaxCause{line, column, "this text has no colon behind it", "write a key, a colon and its value"};
  const auto end = std::min(content.find_first_of(" :=["), content.size());
  const std::string key{content.substr(0, end)};
  if (!is_word(key)) return std::nullopt;
  std::string_view rest = content.substr(end);
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
    if (rest.empty() || rest.starts_with(' ') || rest.starts_with("//")) return std::nullopt;
    return SyntaxCause{line, column + end, "there is no blank behind this colon",
                       "write \"" + key + ": " + std::string{rest} + "\""};
  }
  rest.remove_prefix(std::min(rest.find_first_not_of(" ="), rest.size()));
  if (content.find(": ") != std::string_view::npos || content.ends_with(':')) return std::nullopt;
  std::string remedy = "write \"" + key + (rest.empty() ? ":" : ": " + std::string{rest}) + "\"";
  const bool sentence = rest.find(' ') != std::string_view::npos;
  if (sentence) remedy += ", or indent it further if it belongs to the value above";
  return SyntaxCause{line, column, "\"" + key + "\" has no colon behind it", std::move(remedy)};
}

// A key where a text has begun: often the line before only looks like a key.
std::optional<SyntaxCause> broken_key(const TextLines& lines, std::size_t line) {
  const auto before = line_before(lines, line);
  if (!before) return std::nullopt;
  auto content = content_of(lines[*before]);
  std::size_t column = indent_of(lines[*before]);
  if (is_item(content) && content.size() > 2) {
    content.remove_prefix(2);
    column += 2;
  }
  return colonless(content, *before, column);
}

// A text ends at the first quote that is its own, so what follows that stands outside.
std::optional<SyntaxCause> inner_quote(const TextLines& lines, std::size_t line, std::size_t column) {
  if (line >= lines.size() || column == 0 || column >= lines[line].size()) return std::nullopt;
  const auto last = lines[line].find_last_not_of(' ', column - 1);
  if (last == std::string_view::npos || last <= indent_of(lines[line])) return std::nullopt;
  const char quote = lines[line][last];
  if (quote != '"' && quote != '\'') return std::nullopt;
  const bool within = lines[line].find(quote, column) != std::string_view::npos;
  if (!within)
    return SyntaxCause{line, column, "a text stands behind the quote that closes another",
                       "put all of it in one pair of quotes"};
  return SyntaxCause{line, last, "a quote within quotes ends the text here",
                     quote == '"' ? "write \\\" for it, or put the text in single quotes"
                                  : "write '' for it, or put the text in double quotes"};
}

// `{test:["CMD"]}`: the key is one text with its colon, and a bracket cannot follow a text.
std::optional<SyntaxCause> tight_colon(const TextLines& lines, std::size_t line, std::size_t column) {
  if (line >= lines.size() || column < 2 || column >= lines[line].size() || lines[line][column - 1] != ':')
    return std::nullopt;
  const auto before = lines[line].substr(0, column - 1);
  const auto start = before.find_last_of(" {,[") + 1;
  if (!is_word(before.substr(start))) return std::nullopt;
  return SyntaxCause{line, column - 1, "there is no blank behind this colon",
                     "write \"" + std::string{before.substr(start)} + ": " + lines[line][column] + "...\""};
}

// Items of a list and keys of a mapping side by side, or an item without the blank behind its dash.
std::optional<SyntaxCause> mixed(const TextLines& lines, std::size_t line) {
  if (line >= lines.size()) return std::nullopt;
  const auto content = content_of(lines[line]);
  const std::size_t indent = indent_of(lines[line]);
  std::optional<std::size_t> before = line_before(lines, line);
  while (before && indent_of(lines[*before]) > indent) before = line_before(lines, *before);
  if (!before || indent_of(lines[*before]) != indent) return std::nullopt;
  const auto neighbour = content_of(lines[*before]);
  if (is_item(neighbour) && content.size() > 1 && content[0] == '-' && content[1] != '-' && content[1] != ' ') {
    return SyntaxCause{line, indent, "there is no blank behind this dash",
                       "write \"- " + std::string{content.substr(1)} + "\""};
  }
  const bool key = content.find(": ") != std::string_view::npos || content.ends_with(':');
  if (is_item(content) && !is_item(neighbour))
    return SyntaxCause{line, indent, "a list item stands among the keys of a mapping",
                       "write all lines alike: A: b, or all as - A=b"};
  if (key && is_item(neighbour))
    return SyntaxCause{line, indent, "a key stands among the items of a list",
                       "write all lines alike: - A=b, or all as A: b"};
  if (is_item(neighbour) && !is_item(content)) {
    return SyntaxCause{line, indent, "there is no dash before this item of a list",
                       "write \"- " + std::string{content} + "\""};
  }
  return is_item(content) ? std::nullopt : colonless(content, line, indent);
}

}  // namespace

std::optional<SyntaxCause> find_syntax_cause(std::string_view text, std::string_view problem, std::size_t line,
                                             std::size_t column) {
  const TextLines lines = split(text);
  if (auto found = merge_conflict(lines)) return found;
  if (auto found = QuoteSearch{lines}.run(line)) return found;
  if (problem == "illegal map value" && line < lines.size() && lines[line].find(": ") == lines[line].rfind(": "))
    return broken_key(lines, line);
  if (problem.starts_with("end of ")) {
    if (auto found = inner_quote(lines, line, column)) return found;
  }
  if (problem == "end of map flow not found" || problem == "end of sequence flow not found")
    return tight_colon(lines, line, column);
  if (problem == "end of map not found" || problem == "end of sequence not found" || problem == "illegal block entry")
    return mixed(lines, line);
  if (problem.starts_with("alias not found")) {
    return SyntaxCause{line, column > 0 ? column - 1 : 0,
                       "a text that begins with * names an anchor, and this names none", "put it in quotes: \"*\""};
  }
  return std::nullopt;
}

SyntaxCause lone_key_cause(const std::vector<std::string_view>& lines, std::size_t line, std::size_t column) {
  const auto content = content_of(lines[line].substr(std::min(column, lines[line].size())));
  const auto before = line_before(lines, line);
  const auto above = before ? content_of(lines[*before]) : std::string_view{};
  if (above.ends_with(": |") || above.ends_with(": >") || above.ends_with(": |-") || above.ends_with(": >-")) {
    return {line, column, "this is no part of the text that begins above, because it is not indented further",
            "indent it further than the key above"};
  }
  const bool item = above.ends_with(':') || (above.size() > 1 && above[0] == '-');
  if (item && content.size() > 1 && content[0] == '-' && content[1] != '-') {
    return {line, column, "there is no blank behind this dash", "write \"- " + std::string{content.substr(1)} + "\""};
  }
  if (auto found = colonless(content, line, column)) return *found;
  return {line, column, "this line has no colon: it is no key, and no part of the value above",
          "indent it further, or write a key, a colon and its value"};
}

}  // namespace stack::compose
