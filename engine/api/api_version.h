// The versions of Docker's Engine API that are understood: what a client puts in front of a path, "/v1.44/volumes". Pure.
#pragma once

#include <optional>
#include <string_view>

#include "engine/api/reply.h"

namespace stack::api {

inline constexpr std::string_view kApiVersionMin = "1.24", kApiVersionMax = "1.51";

// The answer to a version that is too old or too new, in dockerd's words and types (to clients before 1.24 that is plain text);
// nothing for one that is understood.
std::optional<Reply> refused_version(std::string_view version);

// 44 of "1.44"; 0 when there is none.
int minor_version(std::string_view version);

}  // namespace stack::api
