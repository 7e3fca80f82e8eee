// The parameter `filters` of Docker's Engine API: {"label": ["a=b"]}, or {"label": {"a=b": true}} as older clients write it.
// Values; any thread.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace stack::api {

// Name and value, in the order in which a client gives them.
using FilterPairs = std::vector<std::pair<std::string, std::string>>;
std::string filters_json(const FilterPairs& filters);

class Filters {
 public:
  // Throws invalid for text of another shape, and for a name that is not in `known`, as Docker does.
  static Filters parse(std::string_view text, std::initializer_list<std::string_view> known);
  // Of any names, as Docker reads those of events.
  static Filters parse_any(std::string_view text);

  // Empty when nothing is filtered by this name.
  [[nodiscard]] const std::vector<std::string>& get(const std::string& name) const;
  // The last value, which is true, 1, false or 0; nothing when nothing is filtered by this name. Throws invalid.
  [[nodiscard]] std::optional<bool> truth(const std::string& name) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

// Whether `labels` has all of `wanted`, each "name" or "name=value".
bool has_labels(const std::map<std::string, std::string>& labels, const std::vector<std::string>& wanted);
// Whether it has one of them.
bool has_some_label(const std::map<std::string, std::string>& labels, const std::vector<std::string>& unwanted);

}  // namespace stack::api
