// Reports as lines of JSON, as docs/api.md describes them. Pure; any thread.
//
// Enums are words. Reading throws stack::Error(invalid) for another shape and for words that this program does not know.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/report.h"

namespace stack::api {

// The newline included.
std::string report_line(const Report& report);
Report parse_report(std::string_view line);

}  // namespace stack::api
