// Our terminal in another mode until the end of the scope, or of the process by SIGINT, SIGTERM, SIGHUP or SIGQUIT: these put it back and
// then end the process as they would have done.
//
// One at a time; the main thread.
#pragma once

#include <array>

#include <signal.h>

namespace stack::client {

class TerminalMode {
 public:
  enum class Kind {
    as_it_is,
    raw,     // every key is the program's at the other end
    silent,  // nothing of what is typed is shown
    keys,    // each key can be read at once, and is not shown; Ctrl-C is still a signal, and the caller's
  };
  // Without a terminal at standard input nothing is changed.
  explicit TerminalMode(Kind kind);
  TerminalMode(const TerminalMode&) = delete;
  TerminalMode& operator=(const TerminalMode&) = delete;
  ~TerminalMode();

 private:
  static constexpr std::array<int, 4> kEnding{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  bool active_ = false;
  std::array<struct sigaction, kEnding.size()> before_{};
};

}  // namespace stack::client
