// What `docker build --check` shows: the builder's problems of a Dockerfile in, the result of BuildKit's lint call out. Pure.
#pragma once

#include <string>

#include "engine/buildkit/build_log.h"

namespace stack::buildkit {

struct LintResult {
  std::string json, text;
  bool clean = true;
};

// `problems`: a line each, "Dockerfile:4:1: warning: RULE: ..."; mistakes are errors, and remarks that are of no rule are left out.
LintResult lint_result(const std::string& problems, const SourceText& source);

}  // namespace stack::buildkit
