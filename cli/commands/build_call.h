// What `--call=targets` and `--call=outline` print of a Dockerfile: its stages, or what one of them takes. Pure, but for stage_names().
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/dockerfile/dockerfile.h"

namespace stack::cli {

std::string targets_text(const dockerfile::Dockerfile& file);
// Throws stack::Error(not_found) for a target that is no stage. `arguments`: of --build-arg.
std::string outline_text(const dockerfile::Dockerfile& file, const std::string& target,
                         const std::map<std::string, std::string>& arguments);

// The names of the stages of a Dockerfile: `file`, or the one in the folder `context` (empty: here). Nothing when there is none.
std::vector<std::string> stage_names(const std::string& file, const std::string& context);

}  // namespace stack::cli
