// A document to be written: scalars, lists, and objects whose members keep the order in which they were added. What the
// writers of YAML and JSON take.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "compose/source/node_tree.h"

namespace stack::compose {

struct Value {
  using List = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Object> data = nullptr;

  Value() = default;
  Value(bool value) : data(value) {}
  Value(std::int64_t value) : data(value) {}
  Value(double value) : data(value) {}
  Value(std::string value) : data(std::move(value)) {}
  Value(const char* value) : data(std::string{value}) {}  // which would become a boolean
  Value(List value) : data(std::move(value)) {}
  Value(Object value) : data(std::move(value)) {}

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(data); }
};

// The order in which YAML mappings are printed: letters after other characters, runs of digits by their number, so that
// web2 comes before web10.
bool natural_less(std::string_view a, std::string_view b);

enum class KeyOrder { bytes, natural };
Value to_value(const Node& node, KeyOrder order);

}  // namespace stack::compose
