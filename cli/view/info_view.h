// The engine and its machine, for people and for programs. Pure.
#pragma once

#include <string>

#include "engine/api/backend.h"

namespace stack::cli {

std::string info_text(const api::SystemInfo& info, Wall now);
// One object on a line, with the fields of `docker info` as far as there is something to say, and our own Tag, RunDir, Pid, StartedAt,
// Networks and Volumes.
std::string info_line(const api::SystemInfo& info);

}  // namespace stack::cli
