// The `develop.watch` sections of a project as rules: which paths of this machine concern which service, and what follows.
//
// Making them asks `WatchFiles` what there is; asking them is pure.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/watch/tree_watch.h"
#include "compose/model/project.h"
#include "compose/watch/path_filter.h"

namespace stack::compose {

struct WatchRule {
  enum class Action { rebuild, sync, restart, sync_restart, sync_exec };
  std::string service;
  Action action = Action::sync;
  std::string root;    // absolute, without symbolic links
  std::string target;  // in the container; empty for rebuild and restart
  bool initial_sync = false;
  std::optional<Hook> exec{};
  std::optional<PathFilter> include{};  // none: everything
  std::vector<PathFilter> ignore{};

  [[nodiscard]] bool syncs() const { return action != Action::rebuild && action != Action::restart; }
  [[nodiscard]] bool concerns(const std::string& path) const;
  // Whether it may concern something in this folder.
  [[nodiscard]] bool enters(const std::string& folder) const;
  // Where a path that it concerns is in the container.
  [[nodiscard]] std::string landing(const std::string& path) const;
};

struct WatchFiles {
  // The path with its symbolic links resolved; as it is where it does not exist.
  std::function<std::string(const std::string& path)> resolve;
  // The text of a file; nothing when there is none.
  std::function<std::optional<std::string>(const std::string& path)> read;
};

struct WatchRules {
  std::vector<WatchRule> rules;
  std::vector<std::string> warnings;  // triggers that are left out
  std::set<std::string> settings;     // files that the rules come from besides the Compose files
  [[nodiscard]] std::vector<std::string> roots() const;
  [[nodiscard]] bool wants(const std::string& path, bool folder) const;
};

// Of these services; of all for an empty set. Throws stack::Error(invalid), with its place, for what cannot be: a rebuild without a
// build section, a pattern that is none.
WatchRules watch_rules(const Project& project, const std::set<std::string>& services, const WatchFiles& files);

}  // namespace stack::compose
