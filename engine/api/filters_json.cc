#include "engine/api/filters.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/thrown.h"

namespace stack::api {
namespace {

using nlohmann::json;

std::vector<std::string> values_of(const std::string& name, const json& value) {
  std::vector<std::string> values;
  if (value.is_array()) return value.get<std::vector<std::string>>();
  if (!value.is_object())
    throw Error(ErrorKind::invalid, "invalid filter").remedy("write a list for " + name + ": [\"a=b\"]");
  for (const auto& [key, set] : value.items()) {
    if (set.is_boolean() && set.get<bool>()) values.push_back(key);
  }
  return values;
}

bool has_label(const std::map<std::string, std::string>& labels, const std::string& wanted) {
  const std::size_t equals = wanted.find('=');
  const auto found = labels.find(wanted.substr(0, equals));
  if (found == labels.end()) return false;
  return equals == std::string::npos || found->second == wanted.substr(equals + 1);
}

}  // namespace

std::string filters_json(const FilterPairs& filters) {
  json value = json::object();
  for (const auto& [name, text] : filters) value[name][text] = true;
  return value.dump();
}

Filters Filters::parse(std::string_view text, std::initializer_list<std::string_view> known) {
  Filters out = parse_any(text);
  for (const auto& [name, values] : out.values_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string names;
    for (const std::string_view each : known) names += (names.empty() ? "" : ", ") + std::string{each};
    throw Error(ErrorKind::invalid, "invalid filter '" + name + "'").remedy("filter by one of: " + names);
  }
  return out;
}

Filters Filters::parse_any(std::string_view text) {
  Filters out;
  const json all = json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!all.is_object()) throw Error(ErrorKind::invalid, "invalid filter").remedy("write a JSON object: {\"label\": [\"a=b\"]}");
  for (const auto& [name, value] : all.items()) {
    try {
      out.values_[name] = values_of(name, value);
    } catch (const json::exception& mistake) {
      throw Error(ErrorKind::invalid, "invalid filter '" + name + "': " + std::string{json_reason(mistake)});
    }
  }
  return out;
}

const std::vector<std::string>& Filters::get(const std::string& name) const {
  static const std::vector<std::string> kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

std::optional<bool> Filters::truth(const std::string& name) const {
  std::optional<bool> truth;
  for (const std::string& value : get(name)) {
    const bool yes = value == "true" || value == "1", no = value == "false" || value == "0";
    if (!yes && !no) {
      throw Error(ErrorKind::invalid, "invalid filter '" + name + "=[" + value + "]'").remedy("write true or false");
    }
    truth = yes;
  }
  return truth;
}

bool has_labels(const std::map<std::string, std::string>& labels, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& each) { return has_label(labels, each); });
}

bool has_some_label(const std::map<std::string, std::string>& labels, const std::vector<std::string>& unwanted) {
  return std::any_of(unwanted.begin(), unwanted.end(),
                     [&](const std::string& each) { return has_label(labels, each); });
}

}  // namespace stack::api
