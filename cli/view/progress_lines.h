// Progress as one line an event, for people where there is no terminal and for programs. Pure.
//
// The JSON members are those of `docker compose --progress json`: {"id", "parent_id"?, "status" or, of images, "text", "current"?,
// "total"?, "percent"?}, {"level": "warning", "msg"} for what should be known, and {"error": true, "message"} for a failure. Of our own
// are "details", "cause" and, at the end of an `up`, "summary"; of a failure "remedy", "containers" with what those that failed said
// last, and by their names "as_before", "untouched" and "replaced".
#pragma once

#include <string>

#include "base/error.h"
#include "cli/view/findings.h"
#include "engine/api/report.h"

namespace stack::cli {

// " Container shop-web-1  Created\n"; empty for what is not worth a line.
std::string plain_line(const api::Report& report);

// One object and a newline; empty for what programs have no use for.
std::string json_line(const api::Report& report);
std::string json_failure(const Error& error, const Findings& findings = {});

}  // namespace stack::cli
