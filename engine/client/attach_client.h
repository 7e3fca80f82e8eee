// Couples this process's terminal or pipes with the first process of a container. Blocking.
//
// With a terminal, ours is raw meanwhile and follows changes of size; it is put back however the call ends.
#pragma once

#include <optional>
#include <string>

#include "engine/client/engine_client.h"

namespace stack::client {

struct AttachOptions {
  std::string container;  // its id
  bool tty = false;       // it has a terminal
  bool input = true, output = true, errors = true;
  bool start = false;           // it is started once everything is connected, so that nothing of its output is lost
  bool removes_itself = false;  // the end is awaited together with that of the container
  bool forward_signals = true;  // SIGINT and others are sent to it
  // What SIGINT or SIGTERM does beside that. Who is not answered leaves at the third.
  enum class AtSignal { stays, leaves, fails };
  AtSignal at_signal = AtSignal::stays;
  std::string detach_keys;  // empty: ctrl-p,ctrl-q
};

// Returns the process's exit code; nothing when the detach keys were typed in a terminal: it goes on. Throws what kept it from starting.
std::optional<int> run_attached(const std::string& socket_path, EngineClient& engine, const AttachOptions& options);

}  // namespace stack::client
