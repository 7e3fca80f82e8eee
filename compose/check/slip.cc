#include "compose/check/slip.h"

#include <algorithm>

namespace stack::compose {
namespace {

bool is_key(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

// The text up to where its next line begins, as far as that can be told: YAML has joined them by blanks.
std::string first_line(std::string_view text, char sign) {
  for (auto at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
    const auto word = text.substr(at + 1, text.find(' ', at + 1) - at - 1);
    const bool next = sign == '-'
                          ? word.starts_with('-')
                          : is_key(word.substr(0, word.find(sign))) && word.find(sign) != std::string_view::npos;
    if (next) return std::string{text.substr(0, at)};
  }
  return std::string{text};
}

}  // namespace

std::optional<Slip> find_slip(std::string_view text, bool list, bool mapping, bool below,
                              const std::vector<std::string_view>& names) {
  if (list && text.size() > 1 && text[0] == '-' && text[1] != '-' && text[1] != ' ') {
    const std::string line = first_line(text, '-');
    return Slip{0, "there is no blank behind this dash", "write \"- " + line.substr(1) + "\""};
  }
  if (!mapping) return std::nullopt;
  const auto end = std::min(text.find_first_of(": ="), text.size());
  const std::string key{text.substr(0, end)};
  const bool known = std::ranges::find(names, key) != names.end();
  if (!is_key(key) || (!names.empty() && !known)) return std::nullopt;
  if (end < text.size() && text[end] == ':' && !text.substr(end).starts_with("://") && (below || !list)) {
    const std::string value = first_line(text, ':').substr(end + 1);
    return Slip{end, "there is no blank behind this colon", "write \"" + key + ": " + value + "\""};
  }
  if (!known) return std::nullopt;
  const std::string value{text.substr(std::min(text.find_first_not_of(" =", end), text.size()))};
  return Slip{0, "\"" + key + "\" has no colon behind it",
              "write \"" + key + (value.empty() ? ":" : ": " + value) + "\""};
}

}  // namespace stack::compose
