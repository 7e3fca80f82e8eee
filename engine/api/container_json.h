// Containers in the words of Docker's Engine API, 1.51. Reading throws stack::Error(invalid) for text of another shape. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/container_query.h"

namespace stack::api {

// As GET /containers/json has them; `now` for "Up 3 minutes".
std::string container_list_json(const std::vector<ContainerView>& views, Wall now);
std::vector<std::string> parse_container_ids(std::string_view list);
// As GET /containers/{id}/json has it.
std::string container_inspect_json(const ContainerDetails& view);
// The parameter `filters` of the list. Throws invalid for a name or a value that Docker refuses.
ContainerFilter parse_container_filter(std::string_view text);

}  // namespace stack::api
