// A failure that the engine reported in an answer, in contrast to one of this side of the socket: some edges show the two differently.
// Value; usable on any thread.
#pragma once

#include <utility>

#include "base/error.h"

namespace stack::client {

class EngineError : public Error {
 public:
  explicit EngineError(Error error) : Error(std::move(error)) {}
};

}  // namespace stack::client
