// Revisions as JSON: what the store keeps and GET /stack/v1/projects/P/revisions answers. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/revision.h"

namespace stack::api {

std::string revision_json(const Revision& revision);
// Throws stack::Error(invalid) for another shape.
Revision parse_revision(std::string_view text);
std::string revisions_json(const std::vector<Revision>& revisions);

}  // namespace stack::api
