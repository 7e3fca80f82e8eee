// What `docker build --call=outline` and `--call=targets` show: a Dockerfile in, the results of BuildKit's calls out. Pure.
#pragma once

#include <map>
#include <string>

#include "engine/buildkit/build_log.h"

namespace stack::buildkit {

struct CallResult {
  std::string json, text;
};

// Throw stack::Error(invalid) for a Dockerfile with mistakes, and not_found for a target that is no stage.
CallResult outline_result(const SourceText& source, const std::string& target,
                          const std::map<std::string, std::string>& arguments);
CallResult targets_result(const SourceText& source);

}  // namespace stack::buildkit
