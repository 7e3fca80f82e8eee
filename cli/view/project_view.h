// Lists of projects. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/model/container_state.h"

namespace stack::cli {

// What `ls` says of one project.
struct ProjectRow {
  std::string name;
  std::string status;        // "exited(1), running(2)"
  std::string config_files;  // separated by commas, each once
};
// Of the project's containers, which are at least one.
ProjectRow project_row(const std::string& name, const std::vector<model::Container>& containers);

std::string projects_table(const std::vector<ProjectRow>& projects);
// One JSON list, as Docker Compose prints it.
std::string projects_json(const std::vector<ProjectRow>& projects);

}  // namespace stack::cli
