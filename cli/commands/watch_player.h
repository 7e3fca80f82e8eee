// Does what a batch of changed files asks for: builds, copies, restarts, executes.
//
// One thread, which has the session's engine for itself meanwhile. A step that fails is reported, and watching goes on.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "cli/commands/session.h"
#include "compose/watch/watch_work.h"

namespace stack::cli {

struct WatchOptions {
  std::vector<std::string> services;  // none: all
  bool prune = true;                  // images that a rebuild leaves without a name
  bool quiet = false;                 // the output of builds
  bool apply_edits = true;            // an edited Compose file is applied, not only read again
};

struct WatchOutput {
  std::function<void(const std::string& line)> say;
  // Runs what writes to the terminal while nobody else does.
  std::function<void(const std::function<void()>& write)> alone;
};

class WatchPlayer {
 public:
  // Ends what is under way once `stopped` is true.
  WatchPlayer(Session& session, WatchOptions options, WatchOutput output, const std::atomic<bool>& stopped)
      : session_(session), options_(std::move(options)), output_(std::move(output)), stopped_(stopped) {}

  // False when the engine went away meanwhile, which is reported: all of it has to be played again.
  [[nodiscard]] bool play(const compose::LoadResult& loaded, const compose::WatchWork& work);
  // Brings the containers to what an edited file says. False as of play().
  [[nodiscard]] bool apply(const compose::LoadResult& loaded);
  void say(const std::string& line) const { output_.say(line); }
  void warn(const std::string& text) const;

 private:
  // False when it failed, which is reported.
  bool attempt(const std::string& what, const std::function<void()>& step);
  [[nodiscard]] bool engine_stayed() const;
  void rebuild(const compose::LoadResult& loaded, const std::set<std::string>& services);
  void restart(const compose::Project& project, const std::set<std::string>& services);
  void execute(const compose::Project& project, const std::string& service, const compose::Hook& hook);
  void run(const api::ProjectRequest& request, bool quiet);

  Session& session_;
  WatchOptions options_;
  WatchOutput output_;
  const std::atomic<bool>& stopped_;
  bool engine_went_ = false;  // during what is being played
};

}  // namespace stack::cli
