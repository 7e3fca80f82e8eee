// The records of builds, as the engine keeps them in a file and sends them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/build_backend.h"

namespace stack::api {

std::string build_history_json(const std::vector<BuildRecord>& records);
// Throws stack::Error(invalid) for another shape.
std::vector<BuildRecord> parse_build_history(std::string_view text);

struct BuildForget {
  std::vector<std::string> ids;
  bool all = false;
};
std::string build_forget_json(const BuildForget& forget);
BuildForget parse_build_forget(std::string_view text);
std::string build_forgotten_json(const std::vector<std::string>& ids);
std::vector<std::string> parse_build_forgotten(std::string_view text);

}  // namespace stack::api
