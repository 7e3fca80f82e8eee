#include "base/dockerfile/word_list.h"

#include "base/dockerfile/runes.h"

namespace stack::dockerfile {

std::vector<std::string_view> split_blanks(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !is_blank(text[end])) ++end;
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::vector<std::string_view> split_quoted(std::string_view text, char escape) {
  std::vector<std::string_view> words;
  std::size_t begin = std::string_view::npos;
  char quote = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const Rune rune = rune_at(text, at);
    if (quote == 0 && is_space(rune.value)) {
      if (begin != std::string_view::npos) words.push_back(text.substr(begin, at - begin));
      begin = std::string_view::npos;
      at += rune.width;
      continue;
    }
    if (text[at] == escape && quote != '\'') {
      if (at + 1 == text.size()) {
        text.remove_suffix(1);
        break;
      }
      if (begin == std::string_view::npos) begin = at;
      at += 1 + rune_at(text, at + 1).width;
      continue;
    }
    if (begin == std::string_view::npos) begin = at;
    if (quote != 0) {
      if (text[at] == quote) quote = 0;
    } else if (text[at] == '"' || text[at] == '\'') {
      quote = text[at];
    }
    at += rune.width;
  }
  if (begin != std::string_view::npos && begin < text.size()) words.push_back(text.substr(begin));
  return words;
}

}  // namespace stack::dockerfile
