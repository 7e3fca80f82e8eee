// Which images a command means: names, --filter, --platform, and the mistakes in them.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/name_values.h"
#include "cli/commands/session.h"

namespace stack::cli {

// Of `images` those of the repository `name`, or with this tag, and of their names only that; all for an empty name.
std::vector<model::Image> named(std::vector<model::Image> images, const std::string& name);
// Those that every filter lets through, as `docker image ls` has them: dangling=, label=NAME[=VALUE], before=IMAGE, since=IMAGE,
// until=TIME, reference=PATTERN (which leaves of an image's names those that match). Several values of label have to hold, of
// the others one.
std::vector<model::Image> filtered(std::vector<model::Image> images, const Filters& filters);

// Throws not_found, naming all of them, when one of `names` is missing or for another platform than `platform`; nothing is asked
// when that is empty. `remedy` stands in for the engine's, which is to fetch the other one.
void check_platform(Session& session, const std::vector<std::string>& names, const std::string& platform,
                    const std::string& remedy = {});

}  // namespace stack::cli
