// Times as people read them: "3 minutes", "About an hour", "Less than a second"; the words are Docker's. Pure.
#pragma once

#include <string>

#include "base/clock.h"

namespace stack::cli {

std::string human_duration(Nanos duration);
// "2025-11-21 10:35:04 +0000 UTC", in UTC.
std::string human_time(Wall time);
// RFC 3339 with nanoseconds, in UTC: "2025-11-21T10:35:04.000000001Z".
std::string precise_time(Wall time);

}  // namespace stack::cli
