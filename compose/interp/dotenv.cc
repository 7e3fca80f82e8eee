#include "compose/interp/dotenv.h"

#include <algorithm>

#include "base/utf8.h"

namespace stack::compose {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }
// Bytes beyond ASCII may be letters of a name.
bool name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"_.-[]"}.find(c) != std::string_view::npos || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trimmed_right(std::string_view text) {
  while (!text.empty() && (blank(text.back()) || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

class Parser {
 public:
  Parser(std::string_view text, std::string_view file, const Lookup& outside, const Lookup& before)
      : text_(text), file_(file), outside_(outside), before_(before) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  Dotenv parse() {
    while (skip_to_statement() && statement()) {
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return done() ? '\n' : text_[at_]; }
  void skip_blanks() {
    while (!done() && blank(text_[at_])) ++at_;
  }
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  bool skip_to_statement() {
    while (!done()) {
      skip_blanks();
      if (done()) return false;
      if (text_[at_] == '#') {
        skip_line();
      } else if (text_[at_] == '\n') {
        ++at_;
      } else {
        return true;
      }
    }
    return false;
  }

  // Places are asked for in rising order, so lines are counted on from the last one.
  SourcePlace place(std::size_t where) {
    if (where < counted_) {
      counted_ = 0;
      line_ = 1;
    }
    line_ += static_cast<std::uint32_t>(std::ranges::count(text_.substr(counted_, where - counted_), '\n'));
    counted_ = where;
    const auto line_start = text_.substr(0, where).rfind('\n') + 1;  // npos + 1 is 0
    return {file_, line_, static_cast<std::uint32_t>(where - line_start + 1)};
  }

  bool fail(std::string code, std::string message, std::size_t where, std::string remedy = {}) {
    Diagnostic found;
    found.code = std::move(code);
    found.message = std::move(message);
    found.remedy = std::move(remedy);
    found.place = place(where);
    result_.diagnostics.push_back(std::move(found));
    return false;
  }

  bool statement() {
    constexpr std::string_view kExport = "export";
    const auto rest = text_.substr(at_);
    if (rest.starts_with(kExport) && rest.size() > kExport.size() && blank(rest[kExport.size()])) {
      at_ += kExport.size();
      skip_blanks();
    }
    const std::size_t start = at_;
    while (!done() && name_byte(text_[at_])) ++at_;
    const std::string name{text_.substr(start, at_ - start)};
    if (!name.empty()) result_.places[name] = place(start);
    skip_blanks();
    const char separator = peek();
    if (name.empty() || (separator != '=' && separator != ':' && separator != '\n' && separator != '#')) {
      if (!name.empty() && name_byte(separator))
        return fail("bad_env_name", "a variable's name cannot contain a space", start);
      return fail("bad_env_name", std::string{"unexpected character \""} + separator + "\" in a variable's name", at_);
    }
    if (separator == '\n' || separator == '#') {
      if (const auto value = outside_(name)) result_.values[name] = *value;
      return true;
    }
    ++at_;
    skip_blanks();
    if (peek() == '\'' && !done()) return single_quoted(name);
    if (peek() == '"' && !done()) return double_quoted(name);
    return unquoted(name);
  }

  bool unquoted(const std::string& name) {
    const std::size_t start = at_;
    skip_line();
    auto value = text_.substr(start, at_ - start);
    value = trimmed_right(value.substr(0, value.find(" #")));
    return assign(name, value, start);
  }

  bool single_quoted(const std::string& name) {
    const std::size_t start = at_++;
    std::string value;
    while (!done()) {
      const char c = text_[at_++];
      if (c == '\'') {
        result_.values[name] = std::move(value);
        return true;
      }
      if (c == '\\' && peek() == '\'' && !done()) {
        value += '\'';
        ++at_;
      } else {
        value += c;
      }
    }
    return fail("unterminated_quote", "the quoted value of " + name + " does not end", start, "close it with '");
  }

  bool double_quoted(const std::string& name) {
    const std::size_t start = at_++;
    std::string value;  // with every literal dollar doubled
    while (!done()) {
      const char c = text_[at_++];
      if (c == '"') return assign(name, value, start);
      if (c != '\\' || done()) {
        value += c;
        continue;
      }
      escape(value);
    }
    return fail("unterminated_quote", "the quoted value of " + name + " does not end", start, "close it with \"");
  }

  // What stands behind a backslash inside double quotes.
  void escape(std::string& value) {
    constexpr std::string_view kNames = "abfnrtv\\\"", kMeanings = "\a\b\f\n\r\t\v\\\"";
    const char c = text_[at_++];
    if (const auto named = kNames.find(c); named != std::string_view::npos) {
      value += kMeanings[named];
    } else if (c == '$') {
      value += "$$";
    } else if (c == '0' && octal(value)) {
      return;
    } else {
      value += '\\';
      value += c;
    }
  }

  // \0NNN: one to three octal digits.
  bool octal(std::string& value) {
    unsigned code = 0;
    std::size_t length = 0;
    while (length < 3 && at_ + length < text_.size() && text_[at_ + length] >= '0' && text_[at_ + length] <= '7') {
      code = code * 8 + static_cast<unsigned>(text_[at_ + length++] - '0');
    }
    if (length == 0 || code > 0xFF) return false;
    at_ += length;
    const char c = static_cast<char>(code);
    value.append(c == '$' ? 2 : 1, c);
    return true;
  }

  bool assign(const std::string& name, std::string_view value, std::size_t where) {
    auto done = interpolate(value, [this](std::string_view wanted) -> std::optional<std::string> {
      if (auto found = outside_(wanted)) return found;
      const auto known = result_.values.find(std::string{wanted});
      if (known != result_.values.end()) return known->second;
      return before_ ? before_(wanted) : std::nullopt;
    });
    if (done.error) return fail("bad_interpolation", *done.error, where, done.remedy);
    for (const auto& unset : done.unset) {
      fail("unset_variable", "the variable " + unset + " is not set and counts as empty", where);
      result_.diagnostics.back().severity = Severity::warning;
    }
    result_.values[name] = std::move(done.text);
    return true;
  }

  std::string_view text_;
  std::string file_;
  const Lookup& outside_;
  const Lookup& before_;
  std::size_t at_ = 0;
  std::size_t counted_ = 0;  // up to here line_ is the line
  std::uint32_t line_ = 1;
  Dotenv result_;
};

// Bytes that no text can hold, as a file or an escape gave them, go no further.
Dotenv only_text(Dotenv result) {
  std::erase_if(result.values, [&](const auto& entry) {
    const auto& [name, value] = entry;
    if (is_text(name) && is_text(value)) return false;
    Diagnostic found;
    found.code = "not_utf8";
    found.message = "the value of " + (is_text(name) ? name : "this variable") + " is not UTF-8 text";
    found.place = result.places[name];
    result.diagnostics.push_back(std::move(found));
    return true;
  });
  return result;
}

}  // namespace

Dotenv parse_dotenv(std::string_view text, std::string_view file, const Lookup& outside, const Lookup& before) {
  return only_text(Parser{text, file, outside, before}.parse());
}

Dotenv parse_raw_env(std::string_view text, std::string_view file, const Lookup& outside) {
  Dotenv result;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::uint32_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto start = std::ranges::find_if_not(line, blank);
    if (start == line.end() || *start == '#') continue;
    const auto equals = line.find('=');
    const std::string name{line.substr(0, equals)};
    if (name.empty() || std::ranges::any_of(name, blank)) {
      Diagnostic found;
      found.code = "bad_env_name";
      found.message = name.empty() ? "a line begins with \"=\"" : "a variable's name cannot contain a space";
      found.place = {std::string{file}, line_number, 1};
      result.diagnostics.push_back(std::move(found));
    } else if (equals != std::string_view::npos) {
      result.values[name] = line.substr(equals + 1);
      result.places[name] = {std::string{file}, line_number, 1};
    } else if (const auto value = outside(name)) {
      result.values[name] = *value;
    }
  }
  return only_text(std::move(result));
}

}  // namespace stack::compose
