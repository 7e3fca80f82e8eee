#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "cli/view/image_view.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

template <class T>
json or_null(const T& list) {
  return list.empty() ? json(nullptr) : json(list);
}

json set_of(const std::vector<std::string>& names) {
  json object = json::object();
  for (const std::string& name : names) object[name] = json::object();
  return names.empty() ? json(nullptr) : object;
}

json healthcheck_of(const model::Healthcheck& check) {
  json out{{"Test", check.test}};
  if (check.interval) out["Interval"] = check.interval->count();
  if (check.timeout) out["Timeout"] = check.timeout->count();
  if (check.start_period) out["StartPeriod"] = check.start_period->count();
  if (check.start_interval) out["StartInterval"] = check.start_interval->count();
  if (check.retries) out["Retries"] = *check.retries;
  return out;
}

json inspect(const model::Image& image) {
  const model::ImageConfig& c = image.config;
  json config{{"User", c.user},
              {"Env", or_null(c.env)},
              {"Cmd", or_null(c.command)},
              {"Entrypoint", or_null(c.entrypoint)},
              {"Volumes", set_of(c.volumes)},
              {"WorkingDir", c.working_dir},
              {"Labels", or_null(c.labels)}};
  if (!c.exposed_ports.empty()) config["ExposedPorts"] = set_of(c.exposed_ports);
  if (!c.stop_signal.empty()) config["StopSignal"] = c.stop_signal;
  if (!c.shell.empty()) config["Shell"] = c.shell;
  if (c.healthcheck) config["Healthcheck"] = healthcheck_of(*c.healthcheck);
  json out{{"Id", image.id},
           {"RepoTags", image.references},
           {"RepoDigests", image.repo_digests},
           {"Comment", image.comment},
           {"Created", precise_time(image.created)},
           {"Author", image.author},
           {"Architecture", image.architecture}};
  if (!image.variant.empty()) out["Variant"] = image.variant;
  out["Os"] = image.os;
  out["Size"] = image.size_bytes;
  out["RootFS"] = {{"Type", "layers"}, {"Layers", image.layers}};
  out["Metadata"] = {{"LastTagTime", precise_time(image.tagged)}};
  out["Config"] = config;
  return out;
}

}  // namespace

std::string image_inspect_json(const std::vector<api::ImageDetails>& images) {
  json list = json::array();
  for (const api::ImageDetails& details : images) list.push_back(inspect(details.image));
  return list.dump(4, ' ', false, json::error_handler_t::replace);
}

std::string image_inspect_line(const std::vector<api::ImageDetails>& images) {
  json list = json::array();
  for (const api::ImageDetails& details : images) list.push_back(inspect(details.image));
  return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string image_inspect_rows(const std::vector<api::ImageDetails>& images) {
  std::string text;
  for (const api::ImageDetails& details : images) {
    json row = inspect(details.image);
    json& config = row["Config"];
    for (const char* list : {"Env", "Cmd", "Entrypoint"}) {
      if (config[list].is_null()) config[list] = json::array();
    }
    for (const char* map : {"Volumes", "Labels", "ExposedPorts"}) {
      if (config[map].is_null()) config[map] = json::object();
    }
    text += row.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
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
