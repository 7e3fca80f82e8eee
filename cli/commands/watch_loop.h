// Follows the files that a project's `develop.watch` sections name, and has each batch of changes played.
//
//   waiting   a path changes            the quiet period begins
//   waiting   the quiet period is over  the batch is played, then waiting
//   waiting   a Compose file changes    it is read again: applied, or, when it is broken, reported and left
//   waiting   the engine had gone       what was not played is played again, with the next batch or once an engine answers
//   any       stop                      the end, once what is under way has been cancelled
//
// One thread, on which everything happens; stop() may be called from any other.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>

#include "base/unique_fd.h"
#include "base/watch/quiet_period.h"
#include "base/watch/tree_watch.h"
#include "cli/commands/watch_player.h"

namespace stack::cli {

class WatchLoop {
 public:
  // Begins to watch. Throws stack::Error when none of the services has something to watch, or a section is wrong.
  WatchLoop(Session& session, compose::LoadResult loaded, compose::LoadOptions load, WatchOptions options,
            WatchOutput output);
  WatchLoop(const WatchLoop&) = delete;
  WatchLoop& operator=(const WatchLoop&) = delete;
  ~WatchLoop();

  // Until stop(), or until the signals that the session catches when `interruptible`. Throws what ends it.
  void run(bool interruptible);
  void stop();

 private:
  struct Trees;
  // Of what `loaded` says. Throws as the constructor does.
  [[nodiscard]] std::unique_ptr<Trees> trees_of(const compose::LoadResult& loaded) const;
  void play_initial();
  void play_batch();
  void reload();
  void apply();
  // Not played yet, for want of an engine.
  void put_off(const watch::Changes& changes);
  void try_again();
  void sync_again(const std::set<std::string>& services);
  [[nodiscard]] bool wait(bool interruptible);

  Session& session_;
  compose::LoadResult loaded_;
  compose::LoadOptions load_;
  WatchOptions options_;
  std::atomic<bool> stopped_{false};
  UniqueFd wake_;
  WatchPlayer player_;
  std::unique_ptr<Trees> trees_;
  watch::Changes waiting_;        // put off
  bool apply_waits_ = false;      // so is the edited Compose file
  std::optional<Mono> again_at_;  // when to see whether an engine answers
  std::set<std::string> synced_;  // paths of this machine that containers have got; what is recreated gets them again
};

}  // namespace stack::cli
