// The attributes of a Compose file: one table, keyed by path, that says of each what it may hold, how a later file's
// value is put upon an earlier one, what its canonical form is and what makes its list items the same. Every pass of
// loading that treats attributes differently reads it here, so that a new attribute is one row.
//
// Built once, on first use; immutable and shared by all threads after that.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "compose/source/node_tree.h"

namespace stack::compose {

// What kinds of node an attribute may hold; bits.
using Kinds = std::uint8_t;
constexpr Kinds kNull = 1, kBool = 2, kInt = 4, kNumber = 8, kText = 16, kList = 32, kMap = 64, kAnything = 127;
constexpr Kinds kScalars = kBool | kInt | kNumber | kText;

// What a scalar has to be, however it is written: text is turned into it before kinds are looked at.
// natural: an integer that is not negative.
enum class Format : std::uint8_t { any, boolean, integer, natural, count, number, bytes, duration, mode };

// How a later value meets an earlier one. natural: scalars are replaced, mappings merged key by key, lists appended.
enum class Merge : std::uint8_t { natural, replace, unique, assign, hosts, logging, ipam };

// What makes two items of a list the same (Merge::unique).
enum class Identity : std::uint8_t {
  none,
  value,
  before_equals,
  target,
  config_target,
  secret_target,
  path,
  port,
  subnet
};

// The short forms that become long ones.
enum class Form : std::uint8_t {
  none,
  build,
  assignments,   // list of NAME=VALUE to mapping; no value: null
  labels,        // the same; no value: ""
  additional,    // the same; a value is needed
  ssh,           // list of ID=PATH to mapping
  hosts,         // to mapping of host to list of addresses
  dependencies,  // list of names to mapping
  names,         // list of names to mapping of nulls
  texts,         // one text to a list; numbers to text
  addresses,     // the same; empty ones go
  text,          // number or boolean to text
  text_values,   // mapping whose values become text
  command,       // text to words
  health_test,   // text to CMD-SHELL
  env_files,
  grants,
  volumes,
  devices,
  ports,
  gpus,
  external,
  include,
  extends,
  provider_options
};

// What an attribute that is accepted and then not used says of itself. Every such row has a reason: nothing is dropped
// in silence.
struct Effect {
  std::string_view none;      // why it has no effect here; empty: it has one
  std::string_view harmless;  // texts, separated by "|", that ask for nothing else than what happens anyway
  std::string_view prefix;    // only texts that begin so have no effect
};

struct Attribute {
  std::string path;  // as in the table: "services.*.ports"
  Kinds kinds = kAnything;
  Format format = Format::any;
  Merge merge = Merge::natural;
  Identity identity = Identity::none;
  Form form = Form::none;
  std::string_view words;     // allowed texts, separated by "|"; empty: any
  std::string_view required;  // keys that a mapping must have in the end, separated by "|"
  Effect effect;
  bool path_value = false;  // text is a path relative to the project's folder

  std::map<std::string, std::unique_ptr<Attribute>, std::less<>> members;  // fixed keys
  std::unique_ptr<Attribute> any;                                          // keys that the user chooses
  std::unique_ptr<Attribute> item;                                         // of a list

  // The attribute of `key`, or null when there is none; keys that begin with x- have one that takes anything.
  [[nodiscard]] const Attribute* member(std::string_view key) const;
  [[nodiscard]] bool closed() const { return !members.empty() && !any; }
};

// The root: a whole file.
const Attribute& compose_file();
// Of one service, for parts of a file that are looked at alone.
const Attribute& compose_service();

}  // namespace stack::compose
