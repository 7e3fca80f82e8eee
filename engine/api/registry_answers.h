// What registries answer, in the words of Docker's Engine API, 1.51, and what clients ask of them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/registry_query.h"

namespace stack::api {

// As GET /distribution/{name}/json has it.
std::string registry_image_json(const RegistryImage& image);
// As GET /images/search has it.
std::string search_json(const std::vector<FoundRepository>& found);
// The answer of a registry's /v1/search. Throws invalid.
std::vector<FoundRepository> parse_search_results(std::string_view text);
// The parameter `filters` of a search, applied: is-automated, is-official, stars. Throws invalid.
std::vector<FoundRepository> filter_search(std::vector<FoundRepository> found, std::string_view filters);
// The body of POST /auth: registry and credentials. Throws invalid.
std::pair<std::string, model::Credentials> parse_auth_request(std::string_view text);
std::string auth_json();

}  // namespace stack::api
