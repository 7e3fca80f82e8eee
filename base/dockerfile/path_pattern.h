// One pattern of a .dockerignore file, as Go's patternmatcher reads it: "*" and "?" do not cross a slash, "**" takes any number of
// folders, [a-z] one of some characters, a backslash the next one as it is (where Go takes "\d" for a digit). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stack::dockerfile {

class PathPattern {
 public:
  // `pattern` is clean (clean_path of base/path_text.h). Nothing when it is not one: a bracket that is not closed, a backslash at the end.
  static std::optional<PathPattern> compile(std::string_view pattern);

  // Cost: the product of both lengths.
  [[nodiscard]] bool matches(std::string_view path) const;

 private:
  struct Token {
    enum class Kind { text, one, many, folders, rest, set } kind = Kind::text;
    char32_t rune = 0;
    bool negated = false;
    std::vector<std::pair<char32_t, char32_t>> ranges;
  };
  static bool parse_set(std::string_view pattern, std::size_t& at, Token& token);
  [[nodiscard]] static bool takes(const Token& token, char32_t rune);
  std::vector<Token> tokens_;
};

}  // namespace stack::dockerfile
