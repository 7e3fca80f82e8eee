// What clients of a socket that is not for everything may do: the table of routes that there are for them. A route without a row is
// refused, so a new one is closed until somebody opens it here. A value; any thread.
#pragma once

#include <span>
#include <string_view>

#include "base/model/container_spec.h"

namespace stack::scope {

// On what condition a route is open.
enum class Rule {
  refused,
  open,
  blank,             // open; values of environment variables are left out
  plain_ps,          // open without arguments for `ps`, which print environments
  listed,            // what the project owns: by the filter `label`
  container,         // {id} is a container of the project
  exec,              // {id} is an exec in one
  network,           // {id} is a network of the project
  member,            // the same, and so is the container that the body names
  volume,            // {name} is a volume of the project
  pull,              // an image comes from its registry, and from nowhere else
  renamed,           // {id} is a container of the project, and so is its new name
  create_container,  // within check_creation(); it becomes the project's
  create_exec,       // in a container of the project, not privileged
  run_exec,          // the same in this engine's own dialect
  own_project,       // {project} is the project
  create_network,    // it becomes the project's
  create_volume,     // a folder of the engine's own; it becomes the project's
};

struct Row {
  std::string_view method, pattern;  // as the route is added
  Rule read_only = Rule::refused, project = Rule::refused;
};

std::span<const Row> rows();
// Refused for a route without a row. `scope` is not ApiScope::all.
Rule rule_of(model::ApiScope scope, std::string_view method, std::string_view pattern);

}  // namespace stack::scope
