// Progress as one line an event, for people where there is no terminal and for programs. Pure.
//
// The JSON members are those of `docker compose --progress json`: {"id", "parent_id"?, "status" or, of images, "text", "current"?,
// "total"?, "percent"?}, {"level": "warning", "msg"} for what should be known, and {"error": true, "message"} for a failure. Of our own
// are "details", "cause" and, at the end of an `up`, "summary".
#pragma once

#include <string>

#include "base/error.h"
#include "engine/api/report.h"

namespace stack::cli {

// " Container shop-web-1  Created\n"; empty for what is not worth a line.
std::string plain_line(const api::Report& report);

// One object and a newline; empty for what programs have no use for.
std::string json_line(const api::Report& report);
std::string json_failure(const Error& error);

}  // namespace stack::cli
