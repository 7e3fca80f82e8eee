// `stack down`, `stop`, `start`, `restart`, `kill`, `pause` and `unpause`.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct LifecycleFlags {
  std::vector<std::string> services;
  int timeout = -1;      // seconds; -1: each service's own
  int wait_timeout = 0;  // seconds; 0: without end
  bool volumes = false, remove_orphans = false, no_deps = false, wait = false;
  std::string rmi, signal;
};

int down(Session& session, const LifecycleFlags& flags);
int stop(Session& session, const LifecycleFlags& flags);
int start(Session& session, const LifecycleFlags& flags);
int restart(Session& session, const LifecycleFlags& flags);
int kill(Session& session, const LifecycleFlags& flags);
int pause(Session& session, const LifecycleFlags& flags);
int unpause(Session& session, const LifecycleFlags& flags);

}  // namespace stack::cli
