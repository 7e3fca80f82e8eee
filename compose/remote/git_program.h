// The git program, run so that it neither runs other programs, nor asks anybody, nor waits for ever.
//
// A process group of its own: when a limit is reached, or a signal is about to end this process, git goes and with it all that
// it started. Blocks; signals that end a process wait meanwhile.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace stack::compose {

// How long a fetch may take. git says how far it is, so that silence means a server that does not answer.
struct FetchLimits {
  std::chrono::milliseconds silence = std::chrono::minutes{1};
  std::chrono::milliseconds total = std::chrono::minutes{30};  // of all commands together
};

class Git {
 public:
  // `transport` is the only one that is allowed.
  Git(std::string transport, FetchLimits limits);

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

 private:
  std::string transport_;
  FetchLimits limits_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace stack::compose
