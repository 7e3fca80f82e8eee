// A failure that the engine reported in an answer, in contrast to one of this side of the socket: some edges show the two differently.
// Values; usable on any thread.
#pragma once

#include <utility>

#include "base/error.h"

namespace stack::client {

class EngineError : public Error {
 public:
  explicit EngineError(Error error) : Error(std::move(error)) {}
};

// Whether this side found no engine, or lost it in the middle: what the client throws as `unavailable`, and nothing else. A look at the
// socket would not tell: one that goes away lets go of its connections before that, and a socket that systemd holds stays.
inline bool engine_is_gone(const Error& error) {
  return error.kind() == ErrorKind::unavailable && dynamic_cast<const EngineError*>(&error) == nullptr;
}

}  // namespace stack::client
