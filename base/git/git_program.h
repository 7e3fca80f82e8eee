// The git program, run so that it neither runs other programs, nor asks anybody, nor waits for ever.
//
// A process group of its own: when a limit is reached, the run is stopped, or this process ends, however it ends, git goes and with it all
// that it started. Nothing depends on whether this process waits for its children. Blocks.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace stack::git {

// How long a fetch may take. git says how far it is, so that silence means a server that does not answer.
struct FetchLimits {
  std::chrono::milliseconds silence = std::chrono::minutes{1};
  std::chrono::milliseconds total = std::chrono::minutes{30};  // of all commands together
};

// For whom git runs.
struct GitUser {
  // Of the person whose process this is: their environment, settings and keys. False: of nobody; git knows what `environment` says.
  bool own_settings = true;
  std::map<std::string, std::string> environment;  // beyond that
  // Asked ten times a second whether to stop. Empty: the signals that end a process stop the run, and come behind it.
  std::function<bool()> stopped;
};

class Git {
 public:
  // `transports`, with colons between them, are the only ones that are allowed.
  Git(std::string transports, FetchLimits limits, GitUser user = {});

  struct Finished {
    int code = 0;
    std::string output;   // errors included, and cut where it gets absurd
    std::string gave_up;  // why it was ended; empty: it ended by itself
  };
  // `git ARGUMENTS...`. Throws stack::Error(not_found) when there is no git.
  [[nodiscard]] Finished run(const std::vector<std::string>& arguments) const;
  // The same, and throws when it fails.
  void must(const std::vector<std::string>& arguments, const std::string& what) const;
  static Error failure(const std::string& what, const Finished& done);
  // The same with other transports, within the same limits.
  [[nodiscard]] Git with_transports(std::string transports) const;

 private:
  [[nodiscard]] std::vector<std::string> environment() const;

  std::string transports_;
  FetchLimits limits_;
  GitUser user_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace stack::git
