#include "base/dockerfile/heredocs.h"

#include <charconv>

#include "base/dockerfile/expand.h"

namespace stack::dockerfile {
namespace {

std::optional<std::string> no_variables(std::string_view /*name*/) { return std::nullopt; }

}  // namespace

std::optional<Heredoc> parse_heredoc(std::string_view word) {
  Heredoc result;
  const std::size_t arrow = word.find("<<");
  if (arrow == std::string_view::npos ||
      word.substr(0, arrow).find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  // A number too large for a descriptor is 0, as everywhere where none is written.
  (void)std::from_chars(word.data(), word.data() + arrow, result.descriptor);
  std::string_view name = word.substr(arrow + 2);
  if (name.starts_with('-')) {
    result.strip_tabs = true;
    name.remove_prefix(1);
  }
  if (name.empty() || name.find('<') != std::string_view::npos) return std::nullopt;
  const auto plain = expand(name, no_variables, {.keep_unset = true});
  const auto quoted = expand(name, no_variables, {.keep_quotes = true, .keep_escapes = true, .keep_unset = true});
  if (plain.error || quoted.error || plain.words.size() != 1 || quoted.words.size() != 1) return std::nullopt;
  result.name = plain.words.front().text;
  result.expand = result.name == quoted.words.front().text;
  return result;
}

std::vector<HeredocWord> heredocs_in(std::string_view text) {
  std::vector<HeredocWord> found;
  if (text.find("<<") == std::string_view::npos) return found;
  const auto words = expand(text, no_variables, {.keep_quotes = true, .keep_escapes = true, .keep_unset = true});
  for (const auto& word : words.words) {
    if (auto heredoc = parse_heredoc(word.text)) found.push_back({std::move(*heredoc), word.begin, word.end});
  }
  return found;
}

bool read_content(Heredoc& heredoc, LineReader& reader, Problems& problems) {
  heredoc.first_line = reader.line() + 1;
  while (const auto line = reader.raw()) {
    std::string_view bare = without_newline(*line);
    if (heredoc.strip_tabs) bare.remove_prefix(std::min(bare.find_first_not_of('\t'), bare.size()));
    if (bare == heredoc.name) return true;
    heredoc.content += *line;
  }
  problems.push_back({Severity::error, "heredoc_without_end", "the here-document \"" + heredoc.name + "\" has no end",
                      "put a line \"" + heredoc.name + "\" behind its content", heredoc.range});
  return false;
}

std::string without_tabs(std::string_view content) {
  std::string out;
  bool line_begins = true;
  for (const char c : content) {
    if (line_begins && c == '\t') continue;
    out += c;
    line_begins = c == '\n';
  }
  return out;
}

}  // namespace stack::dockerfile
