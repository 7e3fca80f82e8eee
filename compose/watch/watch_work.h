// What a batch of changed paths asks for, in the order in which it is done: rebuild, sync, restart, exec. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/watch/tree_watch.h"
#include "compose/watch/watch_rules.h"

namespace stack::compose {

struct SyncedPath {
  std::string from;  // on this machine
  watch::Fate fate = watch::Fate::written;
  bool operator==(const SyncedPath&) const = default;
};

using SyncedPaths = std::map<std::string, SyncedPath>;  // by the place in the container

struct WatchWork {
  std::set<std::string> rebuild;                         // services
  std::map<std::string, SyncedPaths> sync;               // by service
  std::set<std::string> restart;                         // services
  std::map<std::string, std::vector<const Hook*>> exec;  // by service; of the rules, which outlive this
  [[nodiscard]] bool empty() const { return rebuild.empty() && sync.empty() && restart.empty(); }
};

// A service that is rebuilt is not synced as well: its image has the files.
WatchWork watch_work(const WatchRules& rules, const watch::Changes& changes);

// What is copied when watching begins.
WatchWork initial_work(const WatchRules& rules, const watch::Changes& everything);

// Paths of a sync that have to be removed in a container before others are written; what lies in a folder that goes is not named.
std::vector<std::string> removals(const SyncedPaths& paths);

}  // namespace stack::compose
