// stackd's command line. Few options and no library, because the daemon links none for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace stack::daemon {

struct Arguments {
  std::filesystem::path root = "/var/lib/stack";            // or STACK_ROOT
  std::filesystem::path run = "/run/stack";                 // or STACK_RUN
  std::filesystem::path config = "/etc/stack/stackd.json";  // or STACK_CONFIG
  int ready_fd = -1;                                        // one byte is written to it when clients are answered
  bool on_demand = false;                                   // leave when there has been nothing to do for a while
  Nanos idle_after = std::chrono::seconds{60};
  bool log_to_stderr = false;
  bool help = false, version = false;
  bool stop_containers = false;  // end all containers and keep what is stored, then end
  bool purge = false;            // remove everything this engine made in the kernel and on disk, then end
  LogLevel log_level = LogLevel::info;
};

// `environment` gives a variable's value or null. Throws stack::Error(invalid).
Arguments parse_arguments(const std::vector<std::string>& words, const char* (*environment)(const char*));
std::string usage();

}  // namespace stack::daemon
