// A container that could not be created or started: the exit code says how far it came (125, or 126 and 127 for its program). Value.
#pragma once

#include <utility>

#include "base/error.h"

namespace stack::cli {

class RunFailed : public Error {
 public:
  RunFailed(Error error, bool by_engine, int exit_code)
      : Error(std::move(error)), by_engine_(by_engine), exit_code_(exit_code) {}

  [[nodiscard]] bool by_engine() const { return by_engine_; }
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  bool by_engine_;
  int exit_code_;
};

}  // namespace stack::cli
