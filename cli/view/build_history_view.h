// What was built: the list of builds, and one with its steps. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/api/build_backend.h"

namespace stack::cli {

// BUILD ID, NAME, STATUS, CREATED AT, DURATION.
std::string build_history_table(const std::vector<api::BuildRecord>& records, Wall now, bool whole_ids);
// One object a line: CreatedAt, Duration, ID, Image, Name, Status, Steps, CachedSteps.
std::string build_history_lines(const std::vector<api::BuildRecord>& records, Wall now);
const std::map<std::string, std::string>& build_history_titles();
// Its steps with their times, and why the cache did not serve them.
std::string build_record_text(const api::BuildRecord& record, Wall now);
// The same as one JSON object.
std::string build_record_json(const api::BuildRecord& record, Wall now);

}  // namespace stack::cli
