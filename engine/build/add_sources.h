// The sources of ADD, sorted: those of the context, and those that are fetched. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/dockerfile/instruction.h"
#include "base/dockerfile/problem.h"
#include "engine/build/build_plan.h"

namespace stack::build {

struct AddSources {
  std::vector<std::string> of_context;
  std::vector<RemoteSource> remotes;
  dockerfile::Problems problems;  // not empty: the rest is of no use
};

// `add` has its variables put in.
AddSources sort_sources(const dockerfile::Add& add);
// Whether a source means another place than a context.
bool is_remote_source(std::string_view text);

}  // namespace stack::build
