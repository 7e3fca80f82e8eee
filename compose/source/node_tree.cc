#include "compose/source/node_tree.h"

#include <charconv>
#include <cmath>

namespace stack::compose {

std::string_view describe(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::boolean:
      return "a boolean";
    case Kind::integer:
      return "an integer";
    case Kind::floating:
      return "a number";
    case Kind::string:
      return "a string";
    case Kind::sequence:
      return "a list";
    case Kind::mapping:
      break;
  }
  return "a mapping";
}

Node Node::of_string(std::string value) {
  Node node;
  node.kind = Kind::string;
  node.text = std::move(value);
  return node;
}

Node Node::of_integer(std::int64_t value) {
  Node node;
  node.kind = Kind::integer;
  node.integer = value;
  node.text = std::to_string(value);
  return node;
}

Node Node::of_floating(double value) {
  Node node;
  node.kind = Kind::floating;
  node.floating = value;
  node.text = float_text(value);
  return node;
}

Node Node::of_boolean(bool value) {
  Node node;
  node.kind = Kind::boolean;
  node.boolean = value;
  node.text = value ? "true" : "false";
  return node;
}

Node Node::of_sequence(std::vector<Node> values) {
  Node node;
  node.kind = Kind::sequence;
  node.items = std::move(values);
  return node;
}

Node Node::of_mapping() {
  Node node;
  node.kind = Kind::mapping;
  return node;
}

const Node* Node::find(std::string_view key) const {
  const auto found = entries.find(key);
  return found == entries.end() ? nullptr : &found->second;
}

Node* Node::find(std::string_view key) {
  const auto found = entries.find(key);
  return found == entries.end() ? nullptr : &found->second;
}

Node& Node::at(std::string_view key) {
  kind = Kind::mapping;
  const auto found = entries.lower_bound(key);
  if (found != entries.end() && found->first == key) return found->second;
  return entries.emplace_hint(found, std::string{key}, Node{})->second;
}

void Node::erase(std::string_view key) {
  if (const auto found = entries.find(key); found != entries.end()) entries.erase(found);
}

SourcePlace Node::place() const { return {file ? *file : std::string{}, line, column}; }

SourcePlace Node::key_place() const {
  return key_line == 0 ? place() : SourcePlace{file ? *file : std::string{}, key_line, key_column};
}

Node& Node::placed_like(const Node& other) {
  file = other.file;
  origin = other.origin;
  line = other.line;
  column = other.column;
  key_line = other.key_line;
  key_column = other.key_column;
  return *this;
}

bool same_value(const Node& a, const Node& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return a.boolean == b.boolean;
    case Kind::integer:
      return a.integer == b.integer;
    case Kind::floating:
      return a.floating == b.floating;
    case Kind::string:
      return a.text == b.text;
    case Kind::sequence:
      if (a.items.size() != b.items.size()) return false;
      for (std::size_t i = 0; i < a.items.size(); ++i) {
        if (!same_value(a.items[i], b.items[i])) return false;
      }
      return true;
    case Kind::mapping:
      break;
  }
  if (a.entries.size() != b.entries.size()) return false;
  for (auto i = a.entries.begin(), j = b.entries.begin(); i != a.entries.end(); ++i, ++j) {
    if (i->first != j->first || !same_value(i->second, j->second)) return false;
  }
  return true;
}

std::string float_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  char buffer[64];
  const auto scientific = std::to_chars(std::begin(buffer), std::end(buffer), value, std::chars_format::scientific);
  const std::string_view shortest{buffer, static_cast<std::size_t>(scientific.ptr - buffer)};
  int exponent = 0;
  const auto digits = shortest.substr(shortest.find('e') + 1);
  std::from_chars(digits.data() + (digits.front() == '+' ? 1 : 0), digits.data() + digits.size(), exponent);
  // Beyond these the form with an exponent is kept, which has at least two digits there as here.
  constexpr int kLeast = -4, kMost = 6;
  if (exponent < kLeast || exponent >= kMost) return std::string{shortest};
  const auto fixed = std::to_chars(std::begin(buffer), std::end(buffer), value, std::chars_format::fixed);
  return {buffer, fixed.ptr};
}

std::string scalar_text(const Node& node) {
  switch (node.kind) {
    case Kind::boolean:
      return node.boolean ? "true" : "false";
    case Kind::integer:
      return std::to_string(node.integer);
    case Kind::floating:
      return float_text(node.floating);
    case Kind::string:
      return node.text;
    default:
      return {};
  }
}

}  // namespace stack::compose
