// Lists of volumes, and what is said about one. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/model/volume_spec.h"

namespace stack::cli {

std::string volumes_table(const std::vector<model::Volume>& volumes);
// One object a line, with the members of Docker's: Driver, Labels, Mountpoint, Name, Scope, and what nobody counts as N/A.
std::string volumes_lines(const std::vector<model::Volume>& volumes);
// The heads of columns, by member.
const std::map<std::string, std::string>& volume_titles();

// As `docker volume inspect` prints them: one JSON list; and a line for each, for templates.
std::string volume_inspect_json(const std::vector<model::Volume>& volumes);
std::string volume_inspect_lines(const std::vector<model::Volume>& volumes);

}  // namespace stack::cli
