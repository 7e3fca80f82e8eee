#include "compose/watch/watch_work.h"

#include <algorithm>

namespace stack::compose {
namespace {

using Action = WatchRule::Action;

// The last rule that names a place in the container counts.
void add(SyncedPaths& to, const WatchRule& rule, const watch::Change& change) {
  to[rule.landing(change.path)] = {.from = change.path, .fate = change.fate};
}

void apply(const WatchRule& rule, const watch::Change& change, WatchWork& work) {
  if (rule.action == Action::rebuild) work.rebuild.insert(rule.service);
  if (rule.action == Action::restart || rule.action == Action::sync_restart) work.restart.insert(rule.service);
  if (!rule.syncs()) return;
  add(work.sync[rule.service], rule, change);
  if (rule.action != Action::sync_exec) return;
  std::vector<const Hook*>& hooks = work.exec[rule.service];
  if (std::ranges::find(hooks, &*rule.exec) == hooks.end()) hooks.push_back(&*rule.exec);
}

}  // namespace

WatchWork watch_work(const WatchRules& rules, const watch::Changes& changes) {
  WatchWork work;
  for (const watch::Change& change : changes) {
    for (const WatchRule& rule : rules.rules) {
      if (rule.concerns(change.path)) apply(rule, change, work);
    }
  }
  for (const std::string& service : work.rebuild) {
    work.sync.erase(service);
    work.restart.erase(service);
    work.exec.erase(service);
  }
  return work;
}

WatchWork initial_work(const WatchRules& rules, const watch::Changes& everything) {
  WatchWork work;
  for (const watch::Change& change : everything) {
    for (const WatchRule& rule : rules.rules) {
      if (rule.syncs() && rule.initial_sync && rule.concerns(change.path)) add(work.sync[rule.service], rule, change);
    }
  }
  return work;
}

std::vector<std::string> removals(const SyncedPaths& paths) {
  std::vector<std::string> tops;
  for (const auto& [place, path] : paths) {
    if (path.fate == watch::Fate::written) continue;
    if (tops.empty() || !place.starts_with(tops.back() + "/")) tops.push_back(place);
  }
  return tops;
}

}  // namespace stack::compose
