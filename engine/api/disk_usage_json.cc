#include "engine/api/disk_usage_json.h"

#include "engine/api/codec_json.h"
#include "engine/api/container_json.h"
#include "engine/api/docker_image_json.h"
#include "engine/api/filters.h"
#include "engine/api/volume_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

// What could not be counted, as Docker says it.
constexpr int kUnknown = -1;

json images_value(const DiskReport& report) {
  std::map<std::string, int> containers;
  for (const auto& [id, usage] : report.usage.by_image) containers[id] = usage.containers;
  json list = json::parse(docker_images_json(report.images, containers));
  for (json& image : list) {
    const auto found = report.usage.by_image.find(image.at("Id").get<std::string>());
    if (found == report.usage.by_image.end()) continue;
    image["SharedSize"] = found->second.shared_bytes;
  }
  return list;
}

json volumes_value(const DiskReport& report) {
  json list = json::array();
  for (const model::Volume& volume : report.volumes) {
    json value = json::parse(volume_json(volume));
    const auto found = report.usage.volumes.find(volume.spec.name);
    // What options bring in from elsewhere is not measured.
    const bool measured = found != report.usage.volumes.end() && volume.spec.driver_opts.empty();
    value["UsageData"] = {{"RefCount", found == report.usage.volumes.end() ? 0 : found->second.containers},
                          {"Size", measured ? json(found->second.bytes) : json(kUnknown)}};
    list.push_back(std::move(value));
  }
  return list;
}

const char* build_kind(const std::string& kind) {
  if (kind == "cache mount") return "exec.cachemount";
  return kind == "context" ? "source.local" : "regular";
}

json build_cache_value(const std::vector<BuildCacheEntry>& entries) {
  json list = json::array();
  for (const BuildCacheEntry& entry : entries) {
    list.push_back({{"ID", entry.id},
                    {"Type", build_kind(entry.kind)},
                    {"Description", entry.description},
                    {"InUse", entry.in_use},
                    {"Shared", entry.shared},
                    {"Size", entry.bytes},
                    {"CreatedAt", rfc3339_nanos(entry.created)},
                    {"LastUsedAt", rfc3339_nanos(entry.last_used)},
                    {"UsageCount", entry.uses}});
  }
  return list;
}

}  // namespace

DiskQuestion parse_disk_question(const std::vector<std::string>& types) {
  if (types.empty()) return {};
  DiskQuestion asked{.containers = false, .images = false, .volumes = false, .build_cache = false};
  for (const std::string& type : types) {
    if (type == "container") {
      asked.containers = true;
    } else if (type == "image") {
      asked.images = true;
    } else if (type == "volume") {
      asked.volumes = true;
    } else if (type == "build-cache") {
      asked.build_cache = true;
    } else {
      throw Error(ErrorKind::invalid, "unknown object type: " + type)
          .remedy("use container, image, volume or build-cache");
    }
  }
  return asked;
}

std::string disk_report_json(const DiskReport& report, Wall now) {
  const DiskQuestion& asked = report.asked;
  return text_of(
      {{"LayersSize", asked.images ? report.usage.images.layer_bytes : 0},
       {"Images", asked.images ? images_value(report) : json(nullptr)},
       {"Containers", asked.containers ? json::parse(container_list_json(report.containers, now)) : json(nullptr)},
       {"Volumes", asked.volumes ? volumes_value(report) : json(nullptr)},
       {"BuildCache", asked.build_cache ? build_cache_value(report.build_cache) : json(nullptr)}});
}

ContainerPruneFilter parse_container_prune_filter(std::string_view filters, Wall now) {
  const Filters given = Filters::parse(filters, {"label", "label!", "until"});
  ContainerPruneFilter filter{.until = {}, .labels = given.get("label"), .not_labels = given.get("label!")};
  const std::vector<std::string>& until = given.get("until");
  if (until.size() > 1) throw Error(ErrorKind::invalid, "more than one until filter specified");
  if (!until.empty()) filter.until = parse_moment(until.front(), now);
  return filter;
}

std::string container_removal_json(const ContainerRemoval& removal) {
  return text_of({{"ContainersDeleted", removal.deleted.empty() ? json(nullptr) : json(removal.deleted)},
                  {"SpaceReclaimed", removal.freed_bytes}});
}

ContainerRemoval parse_container_removal(std::string_view text) {
  return reading("the answer", [&] {
    const json value = object_of(text, "the answer");
    return ContainerRemoval{.deleted = member_of<std::vector<std::string>>(value, "ContainersDeleted"),
                            .freed_bytes = member_of<std::uint64_t>(value, "SpaceReclaimed")};
  });
}

}  // namespace stack::api
