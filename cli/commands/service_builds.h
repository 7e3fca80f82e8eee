// The `build` sections of a project as builds for the engine: what `stack build` and `stack up` send. Files of secrets are read and git
// contexts fetched here; nothing else is done.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/commands/build_values.h"
#include "compose/model/project.h"

namespace stack::cli {

// What flags say about all of them.
struct BuildOverrides {
  std::vector<std::string> args, ssh;  // as build_arguments() and build_ssh() read them
  bool no_cache = false, pull = false;
  bool local_only = false;  // of several platforms, only the service's own: what an `up` runs
};

// Of these services, and of those that their contexts name by "service:", each after those that it needs. Services whose sections are the
// same share one. Throws stack::Error with every mistake and its place.
std::vector<model::ProjectBuild> service_builds(const compose::Project& project, const std::set<std::string>& services,
                                                const BuildOverrides& overrides, const BuildSurroundings& around);

// For --print: the same as a file of `docker buildx bake`.
std::string bake_json(const std::vector<model::ProjectBuild>& builds);

}  // namespace stack::cli
