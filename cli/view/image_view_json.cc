#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "cli/view/image_view.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"
#include "engine/api/docker_image_json.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

json inspect(const api::ImageDetails& details) { return json::parse(api::docker_image_json(details)); }

}  // namespace

std::string image_inspect_json(const std::vector<api::ImageDetails>& images) {
  json list = json::array();
  for (const api::ImageDetails& details : images) list.push_back(inspect(details));
  return list.dump(4, ' ', false, json::error_handler_t::replace);
}

std::string image_inspect_line(const std::vector<api::ImageDetails>& images) {
  json list = json::array();
  for (const api::ImageDetails& details : images) list.push_back(inspect(details));
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string image_inspect_rows(const std::vector<api::ImageDetails>& images) {
  std::string text;
  for (const api::ImageDetails& details : images) text += api::docker_image_json(details) + "\n";
  return text;
}

std::string history_json(const api::ImageDetails& details, const HistoryForm& form) {
  std::string text;
  std::string id = form.no_trunc ? details.image.id : details.image.id.substr(7, 12);
  for (const api::ImageStep& step : details.history) {
    const json line{{"Comment", step.comment},
                    {"CreatedAt", precise_time(step.created)},
                    {"CreatedBy", form.no_trunc ? step.created_by : ellipsis(step.created_by, 45)},
                    {"CreatedSince", human_duration(std::max(Nanos{0}, Nanos{form.now - step.created})) + " ago"},
                    {"ID", id},
                    {"Size", form.human ? short_bytes(step.size_bytes) : std::to_string(step.size_bytes)}};
    text += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    id = "<missing>";
  }
  return text;
}

std::string project_images_json(const std::vector<model::Container>& containers,
                                const std::map<std::string, model::Image>& images) {
  json list = json::array();
  for (const model::Container& container : containers) {
    json line{{"ID", container.spec.image_id}, {"ContainerName", container.spec.name}};
    const auto image = images.find(container.spec.image_id);
    if (image != images.end()) {
      const model::Image& i = image->second;
      const std::string name = name_of(container, i);
      line["Repository"] = name.substr(0, name.rfind(':'));
      line["Tag"] = name.empty() ? "" : name.substr(name.rfind(':') + 1);
      line["Platform"] = i.os + "/" + i.architecture + (i.variant.empty() ? "" : "/" + i.variant);
      line["Size"] = i.size_bytes;
      line["Created"] = precise_time(i.created);
      line["LastTagTime"] = precise_time(i.tagged);
    }
    list.push_back(std::move(line));
  }
  return list.dump() + "\n";
}

}  // namespace stack::cli
