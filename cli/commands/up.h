// `stack up`: create and start what the project says; attached, show its logs until it ends or Ctrl-C stops it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct UpFlags {
  std::vector<std::string> services, scale, attach, no_attach;
  bool detach = false, force_recreate = false, no_recreate = false, always_recreate_deps = false, no_deps = false;
  bool renew_anon_volumes = false, remove_orphans = false, no_start = false, wait = false;
  bool watch = false;
  bool menu = true;  // of keys, on a terminal
  bool abort_on_container_exit = false, abort_on_container_failure = false;
  bool no_color = false, no_log_prefix = false, timestamps = false, attach_dependencies = false;
  std::string exit_code_from;
  int timeout = -1;      // seconds; -1: each service's own
  int wait_timeout = 0;  // seconds; 0: without end
  bool build = false, no_build = false, quiet = false;
  bool yes = false;  // nothing is ever asked
  std::string pull;
};

// Returns the exit code of the command.
int up(Session& session, const UpFlags& flags);

// "web=3" to {"web", 3}; throws stack::Error(invalid): "invalid `what` ...".
std::map<std::string, int> parse_scale(const std::vector<std::string>& words, const char* what = "--scale option");

}  // namespace stack::cli
