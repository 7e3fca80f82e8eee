// What a service asks of the machine's kernel that is not there: devices and settings, each held against a path. What a container that runs
// already has is not asked for again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compose/admission/objection.h"

namespace stack::compose {

// `exists` is asked about absolute paths: of devices, and below /proc/sys.
std::vector<Objection> find_missing_parts(const Service& service,
                                          const std::function<bool(const std::string& path)>& exists);

}  // namespace stack::compose
