// The patterns of ${NAME#pattern} and its kin: "*" any characters, "?" one, a backslash takes either as it is. Neither crosses a
// newline, and there are no brackets. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::dockerfile {

class ShellPattern {
 public:
  // Nothing, and what is wrong in `error`: a backslash in front of another character.
  static std::optional<ShellPattern> compile(std::string_view pattern, std::string& error);

  // The value without the shortest or (greedy) longest part at its beginning, or its end, that matches. Nothing when pattern and value
  // together are larger than an honest file needs.
  [[nodiscard]] std::optional<std::string> without_prefix(std::string_view value, bool greedy) const;
  [[nodiscard]] std::optional<std::string> without_suffix(std::string_view value, bool greedy) const;
  // The first match (or every one) replaced.
  [[nodiscard]] std::optional<std::string> replaced(std::string_view value, std::string_view replacement,
                                                    bool all) const;

 private:
  struct Token {
    enum class Kind { one, star, text } kind = Kind::text;
    char32_t rune = 0;
  };
  std::vector<Token> tokens_;

  [[nodiscard]] std::vector<long> ends(const std::vector<char32_t>& value, bool greedy) const;
  [[nodiscard]] bool too_large(std::string_view value) const;
};

}  // namespace stack::dockerfile
