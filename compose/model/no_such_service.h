// The one answer to a service's name that a project does not have. Pure.
#pragma once

#include <string>

#include "base/error.h"
#include "compose/model/project.h"

namespace stack::compose {

// not_found: "no such service: wbe", with the nearest name, or else the names that there are. Services that no profile asks for
// count as there.
Error no_such_service(const Project& project, const std::string& name);

}  // namespace stack::compose
