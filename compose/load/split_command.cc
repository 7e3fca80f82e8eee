#include "compose/load/short_forms.h"

namespace stack::compose {

Parsed<std::vector<std::string>> split_command(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool more = i + 1 < text.size();
    if (quote == '\'') {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (quote == '"') {
      if (c == quote) {
        quote = 0;
      } else if (c == '\\') {
        // Before any character, and not only before those that mean something in a shell's quotes: folded scripts rely on it.
        if (more) word += text[++i];
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '\\') {
      if (!more) return {{}, "the command ends with a backslash", "put the word in quotes"};
      ++i;
      if (text[i] == '\n') continue;
      word += text[i];
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return {{}, "a quote in the command is not closed", std::string{"close it with "} + quote};
  if (in_word) words.push_back(std::move(word));
  return {std::move(words), {}, {}};
}

}  // namespace stack::compose
