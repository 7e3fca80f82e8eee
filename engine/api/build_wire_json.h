// What /stack/v1/build and its neighbours carry, as docs/api.md describes it. Pure; any thread.
//
// Reading throws stack::Error(invalid) for another shape and for words that this program does not know.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/build_backend.h"

namespace stack::api {

// The first part of a build's body; the archive stands behind it.
struct BuildRequest {
  model::BuildSpec spec;
  model::CredentialsByRegistry credentials;
};
std::string build_request_json(const BuildRequest& request);
BuildRequest parse_build_request(std::string_view text);

// The newline included.
std::string build_event_line(const BuildEvent& event);
BuildEvent parse_build_event(std::string_view line);
bool is_last(const BuildEvent& event);

std::string build_cache_json(const std::vector<BuildCacheEntry>& entries);
std::vector<BuildCacheEntry> parse_build_cache(std::string_view text);
std::string build_prune_json(const BuildPrune& prune);
BuildPrune parse_build_prune(std::string_view text);
std::string build_pruned_json(const BuildPruned& pruned);
BuildPruned parse_build_pruned(std::string_view text);
std::string build_problems_json(const std::string& problems);
std::string parse_build_problems(std::string_view text);

}  // namespace stack::api
