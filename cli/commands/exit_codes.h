// The exit codes with a meaning of their own. Pure.
#pragma once

#include "base/error.h"

namespace stack::cli {

constexpr int kNotCreated = 125;       // a container that could not be created or started
constexpr int kNotExecutable = 126;    // its program cannot be run
constexpr int kNoSuchCommand = 127;    // there is no such program
constexpr int kShellSignalBase = 128;  // a shell adds the number of the signal
constexpr int kInterruptedExit = 130;  // as a shell reports SIGINT

// Of a failure: what became of the program, or `otherwise`.
inline int exit_code_of(const Error& error, int otherwise) {
  if (error.kind() == ErrorKind::no_such_command) return kNoSuchCommand;
  return error.kind() == ErrorKind::not_executable ? kNotExecutable : otherwise;
}

}  // namespace stack::cli
