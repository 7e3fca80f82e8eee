// A merged, canonical, checked tree as a Project value. Total: what does not fit is left at its default, because the
// checks before it have reported it.
#pragma once

#include "compose/model/project.h"
#include "compose/source/node_tree.h"

namespace stack::compose {

Project decode_project(const Node& model);

}  // namespace stack::compose
