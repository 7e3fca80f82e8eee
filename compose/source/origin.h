// How a value came to where it is, when it does not simply stand there: an alias of YAML (also one that is merged by `<<`),
// variables, `extends`, `include`, an override that took the place of an earlier value, a default of the specification.
//
// A node that stands where it is used has none and pays one null pointer. Steps are immutable and shared by all nodes
// that went the same way; the chain of a node begins with the last step and leads back to the text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compose/source/diagnostic.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

enum class OriginKind : std::uint8_t {
  alias,      // *name: at its place, also behind <<
  variables,  // of the text
  extends,    // from the service `name`, asked for at its place
  include,    // by the entry at its place
  replaces,   // the value `text`, which stood at its place
  implied     // the specification says so; no place
};

enum class VariableSource : std::uint8_t {
  environment,  // the process's own
  file,         // an environment file, at the place
  project,      // the name of the project
  fallback,     // ${NAME:-text}: not set, so the text
  alternate,    // ${NAME:+text}: set, so the text
  unset         // not set: empty
};

struct OriginVariable {
  std::string name;
  VariableSource source = VariableSource::unset;
  SourcePlace place;
};

struct Origin {
  OriginKind kind = OriginKind::implied;
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0, column = 0;
  std::string name;                       // alias: the anchor; extends: the service
  std::string text;                       // variables: as written; replaces: the earlier value, when it was a scalar
  std::vector<OriginVariable> variables;  // in order of use
  std::shared_ptr<const Origin> inner;    // the step before this one
  std::shared_ptr<const Origin> earlier;  // replaces: how the earlier value came
  std::uint16_t depth = 0;                // of the chain; what lies beyond kMaxDepth is forgotten

  static constexpr std::uint16_t kMaxDepth = 64;
  [[nodiscard]] SourcePlace place() const { return {file ? *file : std::string{}, line, column}; }
};

// A step that happened at `where`.
Origin step_at(OriginKind kind, const Node& where);
// Puts the step on `node` alone.
void add_origin(Node& node, Origin step);
// Puts it on `tree` and all that is below.
void add_origin_below(Node& tree, const Origin& step);
// Where `over` took the place of `base`.
void add_replaced(Node& over, const Node& base);
// The specification's own value.
void mark_implied(Node& node);

// Whether variables made its text.
bool is_from_variable(const Node& node);

// The steps as further places of a diagnostic, the nearest to the text first.
void add_related(const Node& node, std::vector<RelatedPlace>& related);
// "$PORT comes from .env", for a message.
std::string describe(const OriginVariable& variable);

}  // namespace stack::compose
