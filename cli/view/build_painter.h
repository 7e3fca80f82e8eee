// A build as a picture for a terminal, in BuildKit's look: a head, a line a step, below those that run the last lines of their output.
// What does not fit into the height collapses: ended steps first, then output. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/view/build_steps.h"
#include "cli/view/terminal.h"

namespace stack::cli {

// `last`: what stays on the screen: every step, output only of those that failed.
std::vector<std::string> build_picture(const BuildProgress& progress, const Terminal& screen, Mono now, bool last);

}  // namespace stack::cli
