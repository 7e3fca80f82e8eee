// `stack events` and `stack system events`: what happens to containers, and to everything of the engine.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct EventsFlags {
  std::vector<std::string> services;
  std::string since, until;
  bool json = false;
};

struct SystemEventsFlags {
  std::vector<std::string> filters;  // NAME=VALUE
  std::string since, until, format;
};

int events(Session& session, const EventsFlags& flags);
int system_events(Session& session, const SystemEventsFlags& flags);

}  // namespace stack::cli
