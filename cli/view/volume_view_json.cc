#include <nlohmann/json.hpp>

#include "cli/view/labels_text.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"
#include "cli/view/volume_view.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

json or_null(const std::map<std::string, std::string>& map) { return map.empty() ? json(nullptr) : json(map); }

json details_of(const model::Volume& volume) {
  std::string created = precise_time(volume.created);
  created = created.substr(0, created.find_first_of(".Z")) + "Z";
  return {{"CreatedAt", created},
          {"Driver", volume.spec.driver},
          {"Labels", or_null(volume.spec.labels)},
          {"Mountpoint", volume.mountpoint},
          {"Name", volume.spec.name},
          {"Options", or_null(volume.spec.driver_opts)},
          {"Scope", "local"}};
}

}  // namespace

std::string volumes_table(const std::vector<model::Volume>& volumes) {
  std::vector<Row> rows;
  for (const model::Volume& volume : volumes) rows.push_back({volume.spec.driver, volume.spec.name});
  return table({"DRIVER", "VOLUME NAME"}, rows);
}

std::string volumes_lines(const std::vector<model::Volume>& volumes) {
  std::string text;
  for (const model::Volume& volume : volumes) {
    const json line{{"Availability", "N/A"},
                    {"Driver", volume.spec.driver},
                    {"Group", "N/A"},
                    {"Labels", labels_text(volume.spec.labels)},
                    {"Links", "N/A"},
                    {"Mountpoint", volume.mountpoint},
                    {"Name", volume.spec.name},
                    {"Scope", "local"},
                    {"Size", "N/A"},
                    {"Status", "N/A"}};
    text += line.dump() + "\n";
  }
  return text;
}

const std::map<std::string, std::string>& volume_titles() {
  static const std::map<std::string, std::string> titles{{"Name", "VOLUME NAME"}};
  return titles;
}

std::string volume_inspect_json(const std::vector<model::Volume>& volumes) {
  json list = json::array();
  for (const model::Volume& volume : volumes) list.push_back(details_of(volume));
  return list.dump(4);
}

std::string volume_inspect_lines(const std::vector<model::Volume>& volumes) {
  std::string text;
  for (const model::Volume& volume : volumes) text += details_of(volume).dump() + "\n";
  return text;
}

}  // namespace stack::cli
