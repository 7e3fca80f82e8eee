#include "cli/view/usage_view.h"

#include <algorithm>

#include "base/bytes.h"
#include "cli/view/ps_view.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

struct Sum {
  std::uint64_t count = 0, active = 0, bytes = 0, free_bytes = 0;
  void add(std::uint64_t size, bool used) {
    ++count;
    active += used ? 1 : 0;
    bytes += size;
    free_bytes += used ? 0 : size;
  }
};

Row row_of(const char* type, const Sum& sum) {
  const std::string share = sum.bytes == 0 ? "" : " (" + std::to_string(sum.free_bytes * 100 / sum.bytes) + "%)";
  return {type, std::to_string(sum.count), std::to_string(sum.active), human_bytes(sum.bytes),
          human_bytes(sum.free_bytes) + share};
}

bool is_active(const model::Container& container) {
  using model::Status;
  const Status status = container.state.status;
  return status == Status::running || status == Status::paused || status == Status::restarting;
}

std::uint64_t bytes_of(const api::DiskUsage& usage, const model::Container& container) {
  const auto found = usage.container_bytes.find(container.id);
  return found == usage.container_bytes.end() ? 0 : found->second;
}

std::string ago(Wall then, Wall now) { return human_duration(std::max(Nanos{0}, Nanos{now - then})) + " ago"; }

std::string volume_count(const model::Container& container) {
  const auto& mounts = container.spec.mounts;
  return std::to_string(std::count_if(
      mounts.begin(), mounts.end(), [](const model::Mount& mount) { return mount.kind == model::MountKind::volume; }));
}

// Type, total, active, size, reclaimable.
std::vector<Row> rows_of(const api::DiskUsage& usage) {
  const api::ImageUsage& all = usage.images;
  Sum containers, volumes;
  for (const model::Container& container : usage.containers)
    containers.add(bytes_of(usage, container), is_active(container));
  for (const auto& [name, volume] : usage.volumes) volumes.add(volume.bytes, volume.containers > 0);
  return {row_of("Images", {all.images, all.used_images, all.layer_bytes, all.unused_layer_bytes}),
          {"Image blobs", std::to_string(all.images), std::to_string(all.used_images), human_bytes(all.blob_bytes), ""},
          row_of("Containers", containers),
          row_of("Local Volumes", volumes)};
}

}  // namespace

std::string disk_usage_table(const api::DiskUsage& usage) {
  return table({"TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"}, rows_of(usage));
}

std::string disk_usage_lines(const api::DiskUsage& usage) {
  // Every value is made of characters that JSON takes as they are.
  std::string text;
  for (const Row& row : rows_of(usage)) {
    text += R"({"Active":")" + row[2] + R"(","Reclaimable":")" + row[4] + R"(","Size":")" + row[3] +
            R"(","TotalCount":")" + row[1] + R"(","Type":")" + row[0] + "\"}\n";
  }
  return text;
}

const std::map<std::string, std::string>& disk_usage_titles() {
  static const std::map<std::string, std::string> titles{{"TotalCount", "TOTAL"}};
  return titles;
}

std::string disk_usage_lists(const api::DiskUsage& usage, const std::vector<model::Image>& images, Wall now) {
  std::vector<Row> image_rows, container_rows, volume_rows;
  for (const model::Image& image : images) {
    const auto found = usage.by_image.find(image.id);
    if (found == usage.by_image.end()) continue;
    const api::DiskUsage::Image& of = found->second;
    std::vector<std::string> names = image.references;
    if (names.empty()) names.emplace_back("<none>:<none>");
    for (const std::string& name : names) {
      const std::size_t colon = name.rfind(':');
      image_rows.push_back({name.substr(0, colon), name.substr(colon + 1), image.id.substr(7, 12),
                            ago(image.created, now), human_bytes(of.bytes), human_bytes(of.shared_bytes),
                            human_bytes(of.bytes - of.shared_bytes), std::to_string(of.containers)});
    }
  }
  for (const model::Container& container : usage.containers) {
    container_rows.push_back({container.id.substr(0, 12), container.spec.image, command_text(container, false),
                              volume_count(container), human_bytes(bytes_of(usage, container)),
                              ago(container.created, now), status_text(container, now), container.spec.name});
  }
  for (const auto& [name, volume] : usage.volumes) {
    volume_rows.push_back({name, std::to_string(volume.containers), human_bytes(volume.bytes)});
  }
  return "Images space usage:\n\n" +
         table({"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"},
               image_rows) +
         "\nContainers space usage:\n\n" +
         table({"CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES"},
               container_rows) +
         "\nLocal Volumes space usage:\n\n" + table({"VOLUME NAME", "LINKS", "SIZE"}, volume_rows);
}

}  // namespace stack::cli
