// The parts of a project that `stack config` prints as plain lists, one entry a line, sorted. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/config.h"
#include "compose/interp/template.h"
#include "compose/model/project.h"

namespace stack::cli {

// The list that a flag asks for, or nothing when none does. Of several flags the first counts, in the order of Docker
// Compose. Throws stack::Error(not_found) for a service that --hash names and the project has not.
std::optional<std::string> config_list(const ConfigFlags& flags, const compose::Project& project);

// A table, or "json" or "yaml", with the members that Docker Compose prints.
std::string variables_text(const std::vector<compose::VariableUse>& variables, const std::string& format);

}  // namespace stack::cli
