#include "base/dockerfile/expand.h"

#include <utility>

#include "base/dockerfile/runes.h"
#include "base/dockerfile/shell_pattern.h"

namespace stack::dockerfile {
namespace {

struct Failure {
  std::string message, remedy;
};

bool special_parameter(char32_t rune) {
  return rune < 0x80 && std::string_view{"@*#?-$!0"}.find(static_cast<char>(rune)) != std::string_view::npos;
}

// The words of a result while it grows. Blanks of a value split; blanks in quotes and escaped ones do not.
class WordList {
 public:
  void rune(std::string_view text, char32_t value, std::size_t at) {
    if (is_space(value)) {
      finish(at);
    } else {
      raw(text, at);
    }
  }
  void value(std::string_view text, std::size_t at) {
    for (std::size_t i = 0; i < text.size();) {
      const Rune next = rune_at(text, i);
      rune(text.substr(i, next.width), next.value, at);
      i += next.width;
    }
  }
  void raw(std::string_view text, std::size_t at) {
    if (!inside_) begin_ = at;
    inside_ = true;
    word_ += text;
  }
  void finish(std::size_t at) {
    if (word_.empty()) return;
    words.push_back({std::move(word_), begin_, at});
    word_.clear();
    inside_ = false;
  }
  std::vector<Expansion::Piece> words;

 private:
  std::string word_;
  std::size_t begin_ = 0;
  bool inside_ = false;
};

class Expander {
 public:
  Expander(std::string_view source, const Lookup& lookup, const ExpandOptions& options, Expansion& report)
      : source_(source), lookup_(lookup), options_(options), keep_escapes_(options.keep_escapes), report_(report) {}

  // Up to `stop`, which is taken as well; '\0' is the end of the source. Throws Failure.
  std::string until(char stop, bool keep_escapes, WordList* words);
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  [[nodiscard]] bool end() const { return at_ >= source_.size(); }
  [[nodiscard]] char peek() const { return end() ? '\0' : source_[at_]; }
  std::string_view take() {
    const std::string_view text = source_.substr(at_, rune_at(source_, at_).width);
    at_ += text.size();
    return text;
  }
  std::string single_quote();
  std::string double_quote();
  std::string dollar();
  std::string braces();
  std::string alternative(const std::string& name, bool colon, char sign);
  std::string trimmed(const std::string& name, char sign);
  std::string replaced(const std::string& name);
  std::string name();
  // The word inside ${...}, up to `stop`.
  std::string inner(char stop, bool keep_escapes);
  std::optional<std::string> value_of(const std::string& name);
  void grown(std::size_t size) const {
    if (size > kExpansionMax) throw Failure{"the text grows beyond 1 MiB", "use shorter values"};
  }

  std::string_view source_;
  const Lookup& lookup_;
  const ExpandOptions& options_;
  bool keep_escapes_;
  Expansion& report_;
  std::size_t at_ = 0, depth_ = 0;
};

std::string Expander::until(char stop, bool keep_escapes, WordList* words) {
  const bool before = std::exchange(keep_escapes_, keep_escapes);
  std::string result;
  while (!end()) {
    const std::size_t begin = at_;
    const char c = peek();
    if (stop != '\0' && c == stop) {
      ++at_;
      keep_escapes_ = before;
      return result;
    }
    if (c == '$' || (!options_.plain_quotes && (c == '\'' || c == '"'))) {
      const std::string part = c == '$' ? dollar() : c == '"' ? double_quote() : single_quote();
      if (words != nullptr) c == '$' ? words->value(part, begin) : words->raw(part, begin);
      result += part;
    } else if (c == options_.escape) {
      ++at_;
      if (keep_escapes_) {
        result += c;
        if (words != nullptr) words->raw({&c, 1}, begin);
      }
      if (end()) break;
      const std::string_view next = take();
      result += next;
      if (words != nullptr) words->raw(next, begin);
    } else {
      const char32_t value = rune_at(source_, at_).value;
      const std::string_view text = take();
      result += text;
      if (words != nullptr) words->rune(text, value, begin);
    }
    grown(result.size());
  }
  keep_escapes_ = before;
  if (stop != '\0') throw Failure{std::string{"a \""} + stop + "\" is missing", {}};
  if (words != nullptr) words->finish(at_);
  return result;
}

std::string Expander::single_quote() {
  std::string result;
  ++at_;
  if (options_.keep_quotes) result += '\'';
  while (!end()) {
    if (peek() == '\'') {
      ++at_;
      if (options_.keep_quotes) result += '\'';
      return result;
    }
    result += take();
  }
  throw Failure{"a single quote is not closed", "close it, or write \\' for the character"};
}

std::string Expander::double_quote() {
  std::string result;
  ++at_;
  if (options_.keep_quotes) result += '"';
  while (!end()) {
    const char c = peek();
    if (c == '"') {
      ++at_;
      if (options_.keep_quotes) result += '"';
      return result;
    }
    if (c == '$') {
      result += dollar();
      grown(result.size());
      continue;
    }
    const std::string_view text = take();
    if (c != options_.escape) {
      result += text;
      continue;
    }
    if (keep_escapes_) result += c;
    if (end()) continue;
    const char next = peek();
    // Others keep their escape character.
    if (next == '"' || next == '$' || next == options_.escape) {
      result += take();
    } else {
      result += c;
    }
  }
  throw Failure{"a double quote is not closed", "close it, or write \\\" for the character"};
}

std::string Expander::dollar() {
  ++at_;
  if (peek() == '{') return braces();
  const std::string called = name();
  if (called.empty()) return "$";
  const auto value = value_of(called);
  if (!value && options_.keep_unset) return "$" + called;
  return value.value_or("");
}

std::string Expander::braces() {
  ++at_;
  if (end()) throw Failure{"\"${\" is not closed", "write ${NAME}"};
  if (peek() == '{' || peek() == '}' || peek() == ':')
    throw Failure{"bad substitution: a name is missing", "write ${NAME}"};
  const std::string called = name();
  if (end()) throw Failure{"\"${" + called + "\" is not closed", "write ${" + called + "}"};
  char sign = take().front();
  if (sign == '}') {
    const auto value = value_of(called);
    if (!value && options_.keep_unset) return "${" + called + "}";
    return value.value_or("");
  }
  if (++depth_ > kNestingMax)
    throw Failure{"variables nest deeper than " + std::to_string(kNestingMax), "use fewer defaults in defaults"};
  const bool colon = sign == ':';
  if (colon) sign = end() ? '\0' : take().front();
  std::string result;
  if (sign == '-' || sign == '+' || sign == '?') {
    result = alternative(called, colon, sign);
  } else if (sign == '#' || sign == '%') {
    result = trimmed(called, sign);
  } else if (sign == '/' && !colon) {
    result = replaced(called);
  } else {
    throw Failure{"unsupported modifier \"" + std::string{colon ? ":" : ""} +
                      (sign == '\0' ? std::string{} : std::string{sign}) + "\" in ${" + called + "...}",
                  "the modifiers are :- - :+ + :? ? # ## % %% / and //"};
  }
  --depth_;
  return result;
}

std::string Expander::inner(char stop, bool keep_escapes) {
  try {
    return until(stop, keep_escapes, nullptr);
  } catch (const Failure&) {
    if (end()) throw Failure{std::string{"\"${\" is not closed: a \""} + stop + "\" is missing", {}};
    throw;
  }
}

std::string Expander::alternative(const std::string& called, bool colon, char sign) {
  std::string word = inner('}', false);
  auto value = value_of(called);
  if (options_.keep_unset && !value) return "${" + called + (colon ? ":" : "") + sign + word + "}";
  const bool missing = !value || (colon && value->empty());
  if (sign == '-') return missing ? word : *value;
  if (sign == '+') return missing ? std::string{} : word;
  if (!missing) return *value;
  if (word.empty()) word = value ? "is not allowed to be empty" : "is not allowed to be unset";
  throw Failure{called + ": " + word, "set it with ARG, ENV or --build-arg"};
}

std::string Expander::trimmed(const std::string& called, char sign) {
  std::string word = inner('}', true);
  const auto value = value_of(called);
  if (options_.keep_unset && !value) return "${" + called + sign + word + "}";
  const bool greedy = !word.empty() && word.front() == sign;
  if (greedy) word.erase(0, 1);
  std::string error;
  const auto pattern = ShellPattern::compile(word, error);
  if (!pattern) throw Failure{"invalid pattern \"" + word + "\": " + error, R"(escape "*", "?" and "\" only)"};
  auto result = sign == '%' ? pattern->without_suffix(value.value_or(""), greedy)
                            : pattern->without_prefix(value.value_or(""), greedy);
  if (!result) throw Failure{"the pattern is too long for the value of " + called, {}};
  return std::move(*result);
}

std::string Expander::replaced(const std::string& called) {
  const bool all = peek() == '/';
  if (all) ++at_;
  const std::string word = inner('/', true);
  const std::string replacement = inner('}', true);
  const auto value = value_of(called);
  if (options_.keep_unset && !value) return "${" + called + "/" + word + "/" + replacement + "}";
  std::string error;
  const auto pattern = ShellPattern::compile(word, error);
  if (!pattern)
    throw Failure{"invalid pattern \"" + word + "\": " + error, R"(escape "*", "?", "\", "/" and "}" only)"};
  auto result = pattern->replaced(value.value_or(""), replacement, all);
  if (!result) throw Failure{"the pattern is too long for the value of " + called, {}};
  return std::move(*result);
}

std::string Expander::name() {
  std::string result;
  while (!end()) {
    const char32_t rune = rune_at(source_, at_).value;
    if (result.empty() && is_digit(rune)) {
      while (!end() && is_digit(static_cast<unsigned char>(peek()))) result += take();
      return result;
    }
    if (result.empty() && special_parameter(rune)) return std::string{take()};
    if (!is_letter(rune) && !is_digit(rune) && rune != '_') break;
    result += take();
  }
  return result;
}

std::optional<std::string> Expander::value_of(const std::string& called) {
  auto value = lookup_(called);
  (value ? report_.used : report_.unset).push_back(called);
  return value;
}

}  // namespace

Expansion expand(std::string_view source, const Lookup& lookup, const ExpandOptions& options) {
  Expansion result;
  Expander expander{source, lookup, options, result};
  WordList words;
  try {
    result.text = expander.until('\0', options.keep_escapes, &words);
    result.words = std::move(words.words);
  } catch (Failure& failure) {
    result.error = std::move(failure.message);
    result.remedy = std::move(failure.remedy);
    result.error_at = std::min(expander.at(), source.size());
  }
  return result;
}

}  // namespace stack::dockerfile
