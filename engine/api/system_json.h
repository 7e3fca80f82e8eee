// The engine itself in the words of Docker's Engine API. Pure.
#pragma once

#include <string>

#include "engine/api/backend.h"

namespace stack::api {

std::string version_json(const SystemInfo& info);
// As GET /info has it.
std::string engine_info_json(const SystemInfo& info, Wall now);
// "amd64" of "x86_64".
std::string go_architecture(const std::string& machine);

}  // namespace stack::api
