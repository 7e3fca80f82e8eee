#include "base/dockerfile/logical_line.h"

#include <algorithm>

#include "base/dockerfile/runes.h"

namespace stack::dockerfile {
namespace {

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_comment(std::string_view line) { return trim_left(line).starts_with('#'); }

}  // namespace

std::string_view without_newline(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

Position LogicalLine::place(std::size_t offset) const {
  const auto behind = std::ranges::upper_bound(pieces, offset, {}, &Piece::offset);
  if (behind == pieces.begin()) return {};
  const Piece& piece = *std::prev(behind);
  const std::size_t column = characters(std::string_view{text}.substr(piece.offset, offset - piece.offset));
  return {piece.at.line, piece.at.column + static_cast<std::uint32_t>(column)};
}

Range LogicalLine::range(std::size_t begin, std::size_t end) const {
  if (begin >= end) return {place(begin), place(begin)};
  // The end belongs to the piece of the last character, not to the line that is joined behind it.
  Position last = place(end - 1);
  if (last.line != 0 && (static_cast<unsigned char>(text[end - 1]) & 0xC0) != 0x80) ++last.column;
  return {place(begin), last};
}

Range LogicalLine::range(std::string_view part) const {
  const auto begin = static_cast<std::size_t>(part.data() - text.data());
  return range(begin, begin + part.size());
}

LineReader::LineReader(std::string_view text, Problems& problems) : rest_(text), problems_(problems) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
}

std::optional<std::string_view> LineReader::raw() {
  if (rest_.empty()) return std::nullopt;
  const std::string_view line = rest_.substr(0, std::min(rest_.find('\n'), rest_.size() - 1) + 1);
  rest_.remove_prefix(line.size());
  ++line_;
  if (line.size() > kLineMax) {
    problems_.push_back(
        {Severity::error,
         "line_too_long",
         "the line has " + std::to_string(line.size()) + " bytes",
         "a line has at most " + std::to_string(kLineMax) + " bytes; continue it with \"" + directives.escape + "\"",
         {{line_, 1}, {line_, 1}}});
    rest_ = {};
    return std::nullopt;
  }
  return line;
}

// "# name = value", in front of everything else in the file. A first line "#!..." hides the escape directive and no other.
void LineReader::directive(std::string_view line, std::size_t column) {
  if (directives_done_) return;
  if (line_ == 1 && line.starts_with("#!")) {
    shebang_ = true;
    return;
  }
  directives_done_ = true;
  if (!line.starts_with('#')) return;
  const std::string_view body = trim_left(line.substr(1));
  std::size_t end = 0;
  while (end < body.size() && (is_letter(body[end]) || (end > 0 && is_digit(body[end]))) && body[end] > 0) ++end;
  const std::string_view behind = trim_left(body.substr(end));
  const std::string name = lower(body.substr(0, end));
  if (!behind.starts_with('=') || (name != "syntax" && name != "escape" && name != "check")) return;
  const std::string_view value = trim_space(behind.substr(1));
  if (value.empty()) return;
  directives_done_ = false;
  const auto first = static_cast<std::uint32_t>(
      column + characters(line.substr(0, static_cast<std::size_t>(value.data() - line.data()))));
  const Word word{std::string{value}, {{line_, first}, {line_, first + static_cast<std::uint32_t>(characters(value))}}};
  const auto refuse = [&](std::string message, std::string remedy) {
    problems_.push_back({Severity::error, "directive", std::move(message), std::move(remedy), word.range});
  };
  if (name == "escape") {
    if (shebang_) return;
    if (escape_seen_) return refuse("the escape directive occurs twice", "keep one of them");
    escape_seen_ = true;
    if (value != "\\" && value != "`")
      return refuse("\"" + word.text + "\" is not an escape character", "write \\ or `");
    directives.escape = value.front();
    return;
  }
  std::optional<Word>& slot = name == "syntax" ? directives.syntax : directives.check;
  if (slot) return refuse("the " + name + " directive occurs twice", "keep one of them");
  slot = word;
}

void LineReader::append(LogicalLine& to, std::string_view part, std::size_t column) {
  to.pieces.push_back({to.text.size(), {line_, static_cast<std::uint32_t>(column)}});
  to.text += part;
}

// Whether the line ends with one escape character, which is cut off then. Two of them are one that is escaped.
bool LineReader::continued(std::string_view& line) const {
  const std::size_t last = line.find_last_not_of(" \t");
  if (last == std::string_view::npos || line[last] != directives.escape) return false;
  if (last > 0 && line[last - 1] == directives.escape) return false;
  line = line.substr(0, last);
  return true;
}

std::optional<LogicalLine> LineReader::next() {
  while (const auto raw_line = raw()) {
    const std::string_view whole = without_newline(*raw_line);
    std::string_view line = trim_left(whole);
    const std::size_t column = 1 + characters(whole.substr(0, whole.size() - line.size()));
    directive(line, column);
    if (line.starts_with('#')) {
      if (!directives_done_) continue;
      const std::string_view comment = trim_space(line.substr(1));
      if (comment.empty()) {
        comments_.clear();
      } else {
        comments_.emplace_back(comment);
      }
      continue;
    }
    const bool more = continued(line);
    if (!more && line.empty()) continue;
    LogicalLine result;
    append(result, line, column);
    if (more) continuation(result);
    if (trim_space(result.text).empty()) continue;
    result.comments.swap(comments_);
    return result;
  }
  return std::nullopt;
}

void LineReader::continuation(LogicalLine& to) {
  bool empty = false;
  while (const auto raw_line = raw()) {
    std::string_view line = without_newline(*raw_line);
    if (is_comment(line)) continue;
    if (trim_left(line).empty()) {
      empty = true;
      continue;
    }
    const bool more = continued(line);
    append(to, line, 1);
    if (!more) break;
  }
  if (empty) {
    // At the end of the instruction, as BuildKit's clients have it.
    problems_.push_back(
        {Severity::warning, "NoEmptyContinuation", "Empty continuation line", "", {{line_, 1}, {line_, 1}}});
  }
}

}  // namespace stack::dockerfile
