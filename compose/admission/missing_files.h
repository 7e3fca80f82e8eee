// The files that a service wants of the machine and that are not there: those of configs and secrets, and the sources of bind mounts
// that make no folder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compose/admission/objection.h"
#include "compose/model/project.h"

namespace stack::compose {

// `exists` is asked about absolute paths.
std::vector<Objection> find_missing_files(const Project& project, const Service& service,
                                          const std::function<bool(const std::string& path)>& exists);

}  // namespace stack::compose
