// What `--call=targets` and `--call=outline` print of a Dockerfile: its stages, or what one of them takes. Pure.
#pragma once

#include <map>
#include <string>

#include "base/dockerfile/dockerfile.h"

namespace stack::cli {

std::string targets_text(const dockerfile::Dockerfile& file);
// Throws stack::Error(not_found) for a target that is no stage. `arguments`: of --build-arg.
std::string outline_text(const dockerfile::Dockerfile& file, const std::string& target,
                         const std::map<std::string, std::string>& arguments);

}  // namespace stack::cli
