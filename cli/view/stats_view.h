// What containers use, as `docker stats` shows it. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/stats_json.h"

namespace stack::cli {

// The words of one container's columns.
struct StatsRow {
  std::string container;  // as the caller named it
  std::string id, name, cpu, memory, memory_share, network, block, pids;
};

// `before`: an earlier look at the same container; without one the share of the processors is not known yet. `whole_id`: not cut.
StatsRow stats_row(const std::string& container, const api::ContainerFigures& now,
                   const std::optional<api::ContainerFigures>& before, bool whole_id);

std::string stats_table(const std::vector<StatsRow>& rows);
// One object a line, and the heads of its columns for --format.
std::string stats_lines(const std::vector<StatsRow>& rows);
const std::map<std::string, std::string>& stats_titles();

// The table for a terminal: columns that have no room are left out, the least telling first, long names are cut, and so are rows that
// have no room, with a line that counts them.
std::vector<std::string> stats_picture(const std::vector<StatsRow>& rows, int columns, int lines);

}  // namespace stack::cli
