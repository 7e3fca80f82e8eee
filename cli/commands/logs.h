// `stack logs`: what the containers wrote.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct LogsFlags {
  std::vector<std::string> services;
  bool follow = false, timestamps = false, no_color = false, no_log_prefix = false, details = false;
  std::string tail = "all", since, until;
  int index = 0;
};

int logs(Session& session, const LogsFlags& flags);

// "2013-01-02T13:23:37Z", "2013-01-02", seconds since 1970 with a fraction, or "42m" before `now`. Throws Error(invalid).
Wall parse_moment(const std::string& text, Wall now);

}  // namespace stack::cli
