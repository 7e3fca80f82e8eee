// A file's content as a tree in which every node knows its place: what all passes of loading read and change.
//
// A plain value; copying copies everything below. Mappings are ordered by key, because no attribute's meaning depends
// on the order in which a mapping is written.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compose/model/place.h"

namespace stack::compose {

enum class Kind : std::uint8_t { null, boolean, integer, floating, string, sequence, mapping };
// "a mapping", "a list", "a string" ..., as messages say it.
std::string_view describe(Kind kind);

struct Origin;

// How a scalar was written; only plain ones were given a type other than string.
enum class Style : std::uint8_t { plain, quoted };
enum class Tag : std::uint8_t { none, reset, replace };  // !reset, !override

struct Node {
  using Entries = std::map<std::string, Node, std::less<>>;

  Kind kind = Kind::null;
  Style style = Style::plain;
  Tag tag = Tag::none;
  bool boolean = false;
  bool damaged = false;  // a mistake inside was reported and taken out; what is missing need not be told as well
  std::uint32_t line = 0, column = 0;          // of the value, from 1
  std::uint32_t key_line = 0, key_column = 0;  // of its key, when it is the value of one
  std::int64_t integer = 0;
  double floating = 0;
  std::string text;  // string: the value; other scalars: as written
  std::shared_ptr<const std::string> file;
  std::shared_ptr<const Origin> origin;  // how it came here, when it does not stand here; see origin.h
  std::vector<Node> items;
  Entries entries;

  static Node of_string(std::string value);
  static Node of_integer(std::int64_t value);
  static Node of_floating(double value);
  static Node of_boolean(bool value);
  static Node of_sequence(std::vector<Node> values = {});
  static Node of_mapping();

  [[nodiscard]] bool is(Kind other) const { return kind == other; }
  [[nodiscard]] bool is_scalar() const { return kind != Kind::sequence && kind != Kind::mapping; }
  // The value of `key`, or null when there is none or this is no mapping.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);
  // The value of `key`, made when missing; this becomes a mapping.
  Node& at(std::string_view key);
  void erase(std::string_view key);

  [[nodiscard]] SourcePlace place() const;
  // Of the key when there is one, else of the value.
  [[nodiscard]] SourcePlace key_place() const;
  // Takes over the place and origin of `other`, its key's included; gives *this back.
  Node& placed_like(const Node& other);
};

// Equal in kind and value, wherever they stand and however they are written.
bool same_value(const Node& a, const Node& b);

// A scalar as text, the way Compose stringifies values that YAML gave a type: 1.10 is "1.1", 1e6 is "1e+06", true is
// "true". Null is "". Dates keep their source text.
std::string scalar_text(const Node& node);
// A number in the shortest form that reads back as the same, exponents as Go prints them.
std::string float_text(double value);

}  // namespace stack::compose
