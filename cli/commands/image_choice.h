// Which images a command means: names, --filter, --platform, and the mistakes in them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

// NAME=VALUE each; a name without a value has an empty one.
using Filters = std::vector<std::pair<std::string, std::string>>;
Filters parse_filters(const std::vector<std::string>& words);

// A time: 24h (ago), seconds since 1970, or a date, in UTC. Throws stack::Error(invalid).
Wall parse_until(const std::string& text);
// What --filter `name`=`text` says. Throws stack::Error(invalid).
bool parse_truth(const std::string& name, const std::string& text);

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

// Several mistakes as one.
Error all_of(const std::vector<Error>& errors);

}  // namespace stack::cli
