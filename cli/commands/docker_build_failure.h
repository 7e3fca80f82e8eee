// A build that failed, as Docker's clients end: the lines of the Dockerfile that it is about, and why. Pure.
#pragma once

#include <string>

#include "base/error.h"

namespace stack::cli {

// How the engine names the Dockerfile in its messages, how the user does, and what it contains.
struct BuiltFile {
  std::string given, shown, text;
};

struct BuildFailureText {
  // "Dockerfile:2" and the lines around it, between rules; empty when the failure has no place in the file.
  std::string excerpt;
  std::string why;  // "failed to solve: process ... did not complete successfully: exit code: 1"
};
BuildFailureText docker_build_failure(const Error& error, const BuiltFile& file);

}  // namespace stack::cli
