#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "cli/view/project_view.h"
#include "cli/view/table.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

void add_files(std::vector<std::string>& files, const std::string& label) {
  for (std::size_t begin = 0; begin < label.size();) {
    const std::size_t end = std::min(label.find(',', begin), label.size());
    const std::string file = label.substr(begin, end - begin);
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
    begin = end + 1;
  }
}

}  // namespace

ProjectRow project_row(const std::string& name, const std::vector<model::Container>& containers) {
  std::map<std::string, int> counts;
  std::vector<std::string> files;
  for (const model::Container& container : containers) {
    ++counts[std::string{model::to_string(container.state.status)}];
    const auto label = container.spec.labels.find("com.docker.compose.project.config_files");
    if (label != container.spec.labels.end()) add_files(files, label->second);
  }
  ProjectRow row{.name = name, .status = {}, .config_files = {}};
  for (const auto& [status, count] : counts)
    row.status += (row.status.empty() ? "" : ", ") + status + "(" + std::to_string(count) + ")";
  for (const std::string& file : files) row.config_files += (row.config_files.empty() ? "" : ",") + file;
  return row;
}

std::string projects_table(const std::vector<ProjectRow>& projects) {
  std::vector<Row> rows;
  for (const ProjectRow& project : projects) rows.push_back({project.name, project.status, project.config_files});
  return table({"NAME", "STATUS", "CONFIG FILES"}, rows);
}

std::string projects_json(const std::vector<ProjectRow>& projects) {
  json list = json::array();
  for (const ProjectRow& project : projects)
    list.push_back({{"Name", project.name}, {"Status", project.status}, {"ConfigFiles", project.config_files}});
  return list.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace stack::cli
