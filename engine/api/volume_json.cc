#include "engine/api/volume_json.h"

#include "engine/api/codec_json.h"
#include "engine/api/compose_labels.h"
#include "engine/api/filters.h"

namespace stack::api {
namespace {

using nlohmann::json;
using Map = std::map<std::string, std::string>;

// Docker writes null for an empty map.
json map_or_null(const Map& map) { return map.empty() ? json(nullptr) : json(map); }

json value_of(const model::Volume& volume) {
  return {{"Name", volume.spec.name},
          {"Driver", volume.spec.driver},
          {"Mountpoint", volume.mountpoint},
          {"CreatedAt", rfc3339_seconds(volume.created)},
          {"Labels", map_or_null(volume.spec.labels)},
          {"Options", map_or_null(volume.spec.driver_opts)},
          {"Scope", "local"}};
}

model::Volume volume_of(const json& value) {
  model::Volume volume;
  volume.spec.name = value.at("Name").get<std::string>();
  volume.spec.driver = value.at("Driver").get<std::string>();
  volume.spec.labels = member_of<Map>(value, "Labels");
  volume.spec.driver_opts = member_of<Map>(value, "Options");
  volume.spec.anonymous = volume.spec.labels.contains(model::kAnonymousVolumeLabel);
  volume.mountpoint = value.at("Mountpoint").get<std::string>();
  volume.created = time_of(value.at("CreatedAt").get<std::string>());
  return volume;
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
    const json value = object_of(text, "the volume");
    model::VolumeSpec spec;
    spec.name = value.value("Name", "");
    if (const std::string driver = value.value("Driver", ""); !driver.empty()) spec.driver = driver;
    spec.driver_opts = member_of<Map>(value, "DriverOpts");
    spec.labels = member_of<Map>(value, "Labels");
    take_owner(spec, "volume");
    return spec;
  });
}

model::Volume parse_volume(std::string_view text) {
  return reading("the volume", [&] { return volume_of(object_of(text, "the volume")); });
}

std::vector<model::Volume> parse_volume_list(std::string_view text) {
  return reading("the list of volumes", [&] {
    std::vector<model::Volume> volumes;
    const json value = object_of(text, "the list of volumes");
    for (const json& each : value.at("Volumes")) volumes.push_back(volume_of(each));
    return volumes;
  });
}

VolumeRemoval parse_volume_removal(std::string_view text) {
  return reading("the answer", [&] {
    const json value = object_of(text, "the answer");
    return VolumeRemoval{value.at("VolumesDeleted").get<std::vector<std::string>>(),
                         value.at("SpaceReclaimed").get<std::uint64_t>()};
  });
}

VolumeFilter parse_volume_filter(std::string_view text, FilterUse use) {
  const bool list = use == FilterUse::list;
  const Filters given = list ? Filters::parse(text, {"dangling", "driver", "label", "name"})
                             : Filters::parse(text, {"all", "label", "label!"});
  VolumeFilter filter;
  filter.labels = given.get("label");
  filter.not_labels = given.get("label!");
  filter.all = given.truth("all").value_or(false);
  filter.dangling = given.truth("dangling");
  filter.names = given.get("name");
  filter.drivers = given.get("driver");
  return filter;
}

}  // namespace stack::api
