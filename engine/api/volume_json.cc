#include "engine/api/volume_json.h"

#include <ctime>

#include <nlohmann/json.hpp>

#include "base/thrown.h"

namespace stack::api {
namespace {

using nlohmann::json;
using Map = std::map<std::string, std::string>;

json parsed(std::string_view text, const char* what) {
  json value = json::parse(text.empty() ? "{}" : text, nullptr, false);
  if (!value.is_object()) throw Error(ErrorKind::invalid, std::string{what} + " is not a JSON object");
  return value;
}

// Docker writes null for an empty map.
json map_or_null(const Map& map) { return map.empty() ? json(nullptr) : json(map); }

Map map_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  return found->get<Map>();
}

std::string time_text(Wall time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::time_point{
      std::chrono::duration_cast<std::chrono::system_clock::duration>(time.time_since_epoch())});
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

Wall time_of(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) throw Error(ErrorKind::invalid, "\"" + text + "\" is not a point in time");
  return Wall{std::chrono::seconds{::timegm(&parts)}};
}

json value_of(const model::Volume& volume) {
  return {{"Name", volume.spec.name},
          {"Driver", volume.spec.driver},
          {"Mountpoint", volume.mountpoint},
          {"CreatedAt", time_text(volume.created)},
          {"Labels", map_or_null(volume.spec.labels)},
          {"Options", map_or_null(volume.spec.driver_opts)},
          {"Scope", "local"}};
}

model::Volume volume_of(const json& value) {
  model::Volume volume;
  volume.spec.name = value.at("Name").get<std::string>();
  volume.spec.driver = value.at("Driver").get<std::string>();
  volume.spec.labels = map_of(value, "Labels");
  volume.spec.driver_opts = map_of(value, "Options");
  volume.spec.anonymous = volume.spec.labels.contains(model::kAnonymousVolumeLabel);
  volume.mountpoint = value.at("Mountpoint").get<std::string>();
  volume.created = time_of(value.at("CreatedAt").get<std::string>());
  return volume;
}

// Calls `read` and makes what the JSON library throws an error of ours.
template <class Read>
auto reading(const char* what, Read read) {
  try {
    return read();
  } catch (const json::exception& mistake) {
    throw Error(ErrorKind::invalid, std::string{what} + " is malformed: " + std::string{json_reason(mistake)});
  }
}

std::vector<std::string> values_of(const std::string& name, const json& value) {
  std::vector<std::string> values;
  if (value.is_array()) return value.get<std::vector<std::string>>();
  if (!value.is_object()) throw Error(ErrorKind::invalid, "invalid filter '" + name + "': neither a list nor a set");
  for (const auto& [key, set] : value.items()) {
    if (set.is_boolean() && set.get<bool>()) values.push_back(key);
  }
  return values;
}

bool truth_of(const std::string& name, const std::vector<std::string>& values) {
  bool truth = false;
  for (const std::string& value : values) {
    const bool yes = value == "true" || value == "1", no = value == "false" || value == "0";
    if (!yes && !no)
      throw Error(ErrorKind::invalid, "invalid filter '" + name + "=" + value + "'").remedy("write true or false");
    truth = yes;
  }
  return truth;
}

}  // namespace

std::string volume_json(const model::Volume& volume) { return value_of(volume).dump(); }

std::string volume_list_json(const std::vector<model::Volume>& volumes) {
  json list = json::array();
  for (const model::Volume& volume : volumes) list.push_back(value_of(volume));
  return json{{"Volumes", list}, {"Warnings", nullptr}}.dump();
}

std::string volume_removal_json(const VolumeRemoval& removal) {
  return json{{"VolumesDeleted", removal.deleted}, {"SpaceReclaimed", removal.freed_bytes}}.dump();
}

std::string volume_request_json(const model::VolumeSpec& spec) {
  return json{{"Name", spec.name}, {"Driver", spec.driver}, {"DriverOpts", spec.driver_opts}, {"Labels", spec.labels}}
      .dump();
}

model::VolumeSpec parse_volume_request(std::string_view text) {
  return reading("the volume", [&] {
    const json value = parsed(text, "the volume");
    model::VolumeSpec spec;
    spec.name = value.value("Name", "");
    if (const std::string driver = value.value("Driver", ""); !driver.empty()) spec.driver = driver;
    spec.driver_opts = map_of(value, "DriverOpts");
    spec.labels = map_of(value, "Labels");
    return spec;
  });
}

model::Volume parse_volume(std::string_view text) {
  return reading("the volume", [&] { return volume_of(parsed(text, "the volume")); });
}

std::vector<model::Volume> parse_volume_list(std::string_view text) {
  return reading("the list of volumes", [&] {
    std::vector<model::Volume> volumes;
    const json value = parsed(text, "the list of volumes");
    for (const json& each : value.at("Volumes")) volumes.push_back(volume_of(each));
    return volumes;
  });
}

VolumeRemoval parse_volume_removal(std::string_view text) {
  return reading("the answer", [&] {
    const json value = parsed(text, "the answer");
    return VolumeRemoval{value.at("VolumesDeleted").get<std::vector<std::string>>(),
                         value.at("SpaceReclaimed").get<std::uint64_t>()};
  });
}

std::string filters_json(const std::vector<std::pair<std::string, std::string>>& filters) {
  json value = json::object();
  for (const auto& [name, text] : filters) value[name][text] = true;
  return value.dump();
}

VolumeFilter parse_volume_filter(std::string_view text, FilterUse use) {
  VolumeFilter filter;
  reading("the parameter filters", [&] {
    const json all = parsed(text, "the parameter filters");
    for (const auto& [name, value] : all.items()) {
      const std::vector<std::string> values = values_of(name, value);
      if (name == "label") {
        filter.labels = values;
      } else if (name == "label!" && use == FilterUse::prune) {
        filter.not_labels = values;
      } else if (name == "all" && use == FilterUse::prune) {
        filter.all = truth_of(name, values);
      } else if (name == "dangling" && use == FilterUse::list) {
        filter.dangling = truth_of(name, values);
      } else if (name == "name" && use == FilterUse::list) {
        filter.names = values;
      } else if (name == "driver" && use == FilterUse::list) {
        filter.drivers = values;
      } else {
        throw Error(ErrorKind::invalid, "invalid filter '" + name + "'")
            .remedy(use == FilterUse::list ? "use dangling=, driver=, label= or name=" : "use label=, label!= or all=");
      }
    }
    return true;
  });
  return filter;
}

}  // namespace stack::api
