// What takes how much of the disk, as `docker system df` shows it. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/api/backend.h"

namespace stack::cli {

std::string disk_usage_table(const api::DiskUsage& usage);
// One object a line: Type, TotalCount, Active, Size, Reclaimable; and the heads of its columns, for --format.
std::string disk_usage_lines(const api::DiskUsage& usage);
const std::map<std::string, std::string>& disk_usage_titles();
// Each image, container and volume by itself.
std::string disk_usage_lists(const api::DiskUsage& usage, const std::vector<model::Image>& images, Wall now);

}  // namespace stack::cli
