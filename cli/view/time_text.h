// Points in time as Docker's tools print them. Pure.
#pragma once

#include <string>

#include "base/age.h"

namespace stack::cli {

// "2025-11-21 10:35:04 +0000 UTC", in UTC.
std::string human_time(Wall time);
// RFC 3339 with nanoseconds, in UTC: "2025-11-21T10:35:04.000000001Z".
std::string precise_time(Wall time);

}  // namespace stack::cli
