// Starts stackd when nothing answers at its socket: double fork, a session of its own, and a wait until it is ready.
//
// Several clients may come at once: a lock file lets one start it while the others wait. Blocking; throws stack::Error with what
// stackd said when it does not come up.
#pragma once

#include <string>

namespace stack::client {

struct DaemonPlace {
  std::string root, run;  // empty: stackd's own defaults
  std::string socket;     // where it will answer
};

// Does nothing when it answers already.
void ensure_daemon(const DaemonPlace& place);

}  // namespace stack::client
