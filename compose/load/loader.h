// From a user's files, flags and environment to a Project: the entry point of loading.
//
// All mistakes that one run can find are in `diagnostics`; none is thrown. Pure but for the FileSource. Cost: linear in
// the text of the files, with aliases, includes and extends expanded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compose/load/load_context.h"
#include "compose/model/project.h"
#include "compose/remote/file_source.h"
#include "compose/source/diagnostic.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

// What the flags say. Settings that are not given come from STACK_* and COMPOSE_* variables, as does `.env`.
struct LoadOptions {
  std::vector<std::string> files;  // --file; "-" is standard input
  std::string project_name;        // --project-name
  std::string project_directory;   // --project-directory
  std::vector<std::string> env_files;
  std::vector<std::string> profiles;
  std::vector<std::string> services;  // those named on the command line; none: all
  bool with_dependencies = true;      // of the named ones
  bool all_resources = false;         // keep what no active service uses
  bool interpolate = true;            // false: the tree only, no Project
  bool normalise = true;
  bool consistency = true;
  bool resolve_paths = true;
  bool resolve_env = true;  // read env_file and label_file
  bool effects = false;     // warn about what has no effect here, and about variables in env files
  bool latent = false;      // warn about what will only bite later
};

struct LoadResult {
  std::optional<Project> project;  // none after an error, or when variables are not to be resolved
  Diagnostics diagnostics;         // sorted
  Node tree;                       // the merged model
  Variables variables;             // the project's environment, .env included
  std::string project_name;
  std::string name_from;  // in words: what gave the project its name
  bool named_by_file = false;
};

// The variables that a model refers to, each once, sorted by name. `tree` is the result of loading without
// interpolation.
std::vector<VariableUse> referenced_variables(const Node& tree);

LoadResult load_project(const LoadOptions& options, FileSource& files, const Variables& environment);

}  // namespace stack::compose
