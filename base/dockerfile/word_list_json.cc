#include <nlohmann/json.hpp>

#include "base/dockerfile/runes.h"
#include "base/dockerfile/word_list.h"
#include "base/json_depth.h"

namespace stack::dockerfile {
namespace {

// Where the strings of a text stand that is known to be a JSON list of strings.
std::vector<std::string_view> string_parts(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t at = text.find('"'); at != std::string_view::npos; at = text.find('"', at)) {
    std::size_t end = at + 1;
    while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    parts.push_back(text.substr(at, end + 1 - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

JsonList parse_json_list(std::string_view text) {
  text = trim_left(text);
  if (!text.starts_with('[') || nests_deeper(text)) return {};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return {};
  JsonList result;
  result.list.emplace();
  for (const auto& element : json) {
    if (!element.is_string()) return {std::nullopt, true};
    result.list->push_back({element.get<std::string>(), {}});
  }
  const auto parts = string_parts(text);
  for (std::size_t i = 0; i < parts.size(); ++i) (*result.list)[i].part = parts[i];
  return result;
}

}  // namespace stack::dockerfile
