#include "tests/support/schema_judge.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>

namespace stack::compose {
namespace {

const std::regex& regex_of(const std::string& pattern) {
  static std::map<std::string, std::regex> known;
  const auto found = known.find(pattern);
  return found != known.end() ? found->second : known.emplace(pattern, std::regex{pattern}).first->second;
}

bool matches(const std::string& text, const std::string& pattern) { return std::regex_search(text, regex_of(pattern)); }

// Of what is no number, something that no minimum is above.
double number(const Node& node) {
  if (node.is(Kind::integer)) return static_cast<double>(node.integer);
  return node.is(Kind::floating) ? node.floating : 1e300;
}

bool is_type(const Node& node, const std::string& type) {
  if (type == "null") return node.is(Kind::null);
  if (type == "boolean") return node.is(Kind::boolean);
  if (type == "string") return node.is(Kind::string);
  if (type == "array") return node.is(Kind::sequence);
  if (type == "object") return node.is(Kind::mapping);
  if (type == "number") return node.is(Kind::integer) || node.is(Kind::floating);
  if (type != "integer") throw std::logic_error("type " + type);
  return node.is(Kind::integer) ||
         (node.is(Kind::floating) && node.floating == static_cast<double>(static_cast<std::int64_t>(node.floating)));
}

std::optional<std::string> members(const Node& document, const Node& schema, const std::string& path) {
  const Node* const properties = schema.find("properties");
  const Node* const patterns = schema.find("patternProperties");
  const Node* const rest = schema.find("additionalProperties");
  for (const auto& [key, value] : document.entries) {
    const std::string here = path + "." + key;
    bool known = false;
    if (const Node* names = schema.find("propertyNames"); names != nullptr) {
      if (!matches(key, names->find("pattern")->text)) return here + ": a bad name";
    }
    if (const Node* property = properties == nullptr ? nullptr : properties->find(key)) {
      known = true;
      if (auto why = judge(value, *property, here)) return why;
    }
    if (patterns != nullptr) {
      for (const auto& [pattern, one] : patterns->entries) {
        if (!matches(key, pattern)) continue;
        known = true;
        if (auto why = judge(value, one, here)) return why;
      }
    }
    if (known || rest == nullptr) continue;
    if (auto why = judge(value, *rest, here)) return why;
  }
  if (const Node* required = schema.find("required")) {
    for (const auto& key : required->items) {
      if (document.find(key.text) == nullptr) return path + ": without " + key.text;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> judge(const Node& document, const Node& schema, const std::string& path) {
  static const std::set<std::string> kWords{"$schema",
                                            "title",
                                            "description",
                                            "deprecated",
                                            "type",
                                            "anyOf",
                                            "enum",
                                            "pattern",
                                            "minimum",
                                            "properties",
                                            "items",
                                            "required",
                                            "additionalProperties",
                                            "patternProperties",
                                            "propertyNames",
                                            "minimum"};
  if (schema.is(Kind::boolean)) return schema.boolean ? std::nullopt : std::optional{path + ": not allowed"};
  for (const auto& [word, value] : schema.entries) {
    if (!kWords.contains(word)) throw std::logic_error("schema word " + word);
  }
  if (const Node* any = schema.find("anyOf")) {
    std::string all;
    for (const auto& one : any->items) {
      const auto why = judge(document, one, path);
      if (!why) return std::nullopt;
      all += (all.empty() ? "" : "; ") + *why;
    }
    return all;
  }
  if (const Node* words = schema.find("enum")) {
    const bool listed = std::ranges::any_of(words->items, [&](const Node& it) { return same_value(it, document); });
    return listed ? std::nullopt : std::optional{path + ": not one of the words"};
  }
  if (const Node* type = schema.find("type"); type != nullptr && !is_type(document, type->text)) {
    return path + ": not " + type->text;
  }
  if (const Node* pattern = schema.find("pattern"); pattern != nullptr && document.is(Kind::string)) {
    if (!matches(document.text, pattern->text)) return path + ": not " + pattern->text;
  }
  if (const Node* least = schema.find("minimum"); least != nullptr && number(document) < number(*least)) {
    return path + ": too small";
  }
  if (document.is(Kind::mapping)) return members(document, schema, path);
  if (const Node* items = schema.find("items"); items != nullptr && document.is(Kind::sequence)) {
    for (std::size_t i = 0; i < document.items.size(); ++i) {
      if (auto why = judge(document.items[i], *items, path + "[" + std::to_string(i) + "]")) return why;
    }
  }
  return std::nullopt;
}

}  // namespace stack::compose
