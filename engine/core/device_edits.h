// What the devices that a container asks for change in its launch (engine/cdi). Pure.
#pragma once

#include "engine/cdi/cdi_spec.h"
#include "engine/sandbox/launch_input.h"

namespace stack::core {

// Variables, nodes, mounts and groups. A mount of the specification at the same place stays. A node whose file does not say otherwise is
// the container's user's, where that is a number, and may be read and written by all.
void apply_edits(const cdi::Edits& edits, sandbox::LaunchInput& input);
// The variables alone, which further processes have as well.
void apply_variables(const cdi::Edits& edits, sandbox::LaunchInput& input);

}  // namespace stack::core
