// Before any YAML is read: which files, which folder, which variables (Compose: "Compose file" and the COMPOSE_*
// variables).
#pragma once

#include <optional>

#include "compose/load/loader.h"

namespace stack::compose {

struct Sources {
  std::vector<std::string> files;      // absolute, or "-"
  std::string dir;                     // the project's folder, absolute
  std::string fetched_name;            // of the repository that its first file is from; empty: a local file
  Variables variables;                 // the environment with .env under it
  std::vector<std::string> env_files;  // absolute, those given explicitly
  std::vector<std::string> profiles;
};

// Nothing when there is no Compose file or a file that was asked for cannot be read; reported.
std::optional<Sources> find_sources(const LoadOptions& options, const Variables& environment, LoadContext& context);

// The environment with .env or the files of --env-file under it, before any Compose file is looked for: where settings of the command
// itself come from. Mistakes are left for find_sources() to report.
Variables variables_of(const LoadOptions& options, FileSource& files, const Variables& environment);

// The Compose file of `dir`, or "".
std::string main_file_in(const std::string& dir, FileSource& files);

// STACK_<name>, else COMPOSE_<name>, else "".
std::string setting(const Variables& variables, std::string_view name);
// Whether that says so: 1, t, true or y, in any case.
bool is_on(const Variables& variables, std::string_view name);

}  // namespace stack::compose
