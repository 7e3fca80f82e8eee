// `stack stats` and `stack container stats`: what containers use, again and again or once.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct StatsFlags {
  std::string service;                  // of a project; empty: all
  std::vector<std::string> containers;  // of `container stats`: names or ids; none: all
  bool all = false, no_stream = false, no_trunc = false;
  std::string format = "table";  // or json, or a template: format_json.h
};

int stats(Session& session, const StatsFlags& flags);
int container_stats(Session& session, const StatsFlags& flags);

}  // namespace stack::cli
