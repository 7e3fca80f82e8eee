#include <algorithm>
#include <array>

#include "base/format/field_types.h"

namespace stack::format {
namespace {

struct Row {
  std::string_view field;
  FieldType type;
  bool left_out = false;
};

using enum FieldType;
constexpr auto kRows = std::to_array<Row>({
    {"Annotations", map, true},
    {"ArgsEscaped", truth, true},
    {"AuxiliaryAddresses", map, true},
    {"Containers", map},
    {"Data", map},
    {"Driver", text, true},
    {"DriverOpts", map},
    {"Error", text, true},
    {"ExposedPorts", map, true},
    {"Health", pointer, true},
    {"Healthcheck", pointer, true},
    {"IPAMConfig", pointer},
    {"ImageManifestDescriptor", pointer, true},
    {"Init", pointer, true},
    {"Labels", map, true},
    {"LastTagTime", time},
    {"MacAddress", text, true},
    {"MemorySwappiness", pointer},
    {"Mounts", list, true},
    {"Name", text, true},
    {"NetworkDisabled", truth, true},
    {"Networks", map},
    {"OomKillDisable", pointer},
    {"Options", map, true},
    {"PidsLimit", pointer},
    {"PortBindings", map},
    {"Ports", map},
    {"Shell", list, true},
    {"SizeRootFs", pointer, true},
    {"SizeRw", pointer, true},
    {"Status", map, true},
    {"StopSignal", text, true},
    {"StopTimeout", pointer, true},
    {"StorageOpt", map, true},
    {"Sysctls", map, true},
    {"Tmpfs", map, true},
    {"UsageData", pointer, true},
    {"Variant", text, true},
    {"Volumes", map},
});
static_assert(std::ranges::is_sorted(kRows, {}, &Row::field));

// Of the object that has the member `with`.
struct ObjectRow {
  std::string_view with, field;
  FieldType type;
};
constexpr auto kObjectRows = std::to_array<ObjectRow>({
    {"HostConfig", "ImageManifestDescriptor", pointer},
    {"HostConfig", "SizeRootFs", pointer},
    {"HostConfig", "SizeRw", pointer},
    {"IPAM", "Created", time},
    {"IPAM", "Peers", list},
    {"IPAM", "Services", map},
    {"IPAM", "Status", pointer},
    {"Mountpoint", "ClusterVolume", pointer},
    {"Mountpoint", "Status", map},
    {"Mountpoint", "UsageData", pointer},
    {"RootFS", "Container", text},
    {"RootFS", "ContainerConfig", pointer},
    {"RootFS", "Descriptor", pointer},
    {"RootFS", "Manifests", list},
    {"RootFS", "OsVersion", text},
    {"RootFS", "Variant", text},
    {"RootFS", "VirtualSize", number},
});

struct GoName {
  std::string_view field, in_json;
};
constexpr auto kGoNames = std::to_array<GoName>({
    {"APIVersion", "ApiVersion"},
    {"CPUCfsPeriod", "CpuCfsPeriod"},
    {"CPUCfsQuota", "CpuCfsQuota"},
    {"CPUCount", "CpuCount"},
    {"CPUPercent", "CpuPercent"},
    {"CPUPeriod", "CpuPeriod"},
    {"CPUQuota", "CpuQuota"},
    {"CPURealtimePeriod", "CpuRealtimePeriod"},
    {"CPURealtimeRuntime", "CpuRealtimeRuntime"},
    {"CPUShares", "CpuShares"},
    {"DNS", "Dns"},
    {"DNSOptions", "DnsOptions"},
    {"DNSSearch", "DnsSearch"},
    {"ID", "Id"},
    {"NanoCPUs", "NanoCpus"},
});

constexpr auto kEventNames = std::to_array<GoName>({{"Action", "Action"},
                                                    {"Actor", "Actor"},
                                                    {"From", "from"},
                                                    {"ID", "id"},
                                                    {"Scope", "scope"},
                                                    {"Status", "status"},
                                                    {"Time", "time"},
                                                    {"TimeNano", "timeNano"},
                                                    {"Type", "Type"}});

const Row* find(std::string_view field) {
  const auto* found = std::ranges::lower_bound(kRows, field, {}, &Row::field);
  return found != kRows.end() && found->field == field ? found : nullptr;
}

}  // namespace

std::string name_in_json(const std::string& field) {
  const auto* found = std::ranges::find(kGoNames, field, &GoName::field);
  return found == kGoNames.end() ? field : std::string{found->in_json};
}

FieldType type_of_null(std::string_view field) {
  const Row* row = find(field);
  return row != nullptr ? row->type : list;
}

bool may_be_left_out(std::string_view field) {
  const Row* row = find(field);
  return row != nullptr && row->left_out;
}

std::optional<FieldType> type_in_object(const TemplateValue& object, std::string_view field) {
  for (const ObjectRow& row : kObjectRows) {
    if (row.field == field && object.contains(row.with)) return row.type;
  }
  return std::nullopt;
}

bool is_event(const TemplateValue& object) { return object.contains("timeNano") && object.contains("Actor"); }

std::optional<std::string> name_in_event(std::string_view field) {
  const auto* found = std::ranges::find(kEventNames, field, &GoName::field);
  if (found == kEventNames.end()) return std::nullopt;
  return std::string{found->in_json};
}

std::string time_in_template(const std::string& text) {
  const std::size_t day_end = text.find('T');
  if (day_end == std::string::npos || !text.ends_with('Z')) return text;
  std::string clock = text.substr(day_end + 1, text.size() - day_end - 2);
  if (clock.find('.') != std::string::npos) {
    clock.erase(clock.find_last_not_of('0') + 1);
    if (clock.ends_with('.')) clock.pop_back();
  }
  return text.substr(0, day_end) + " " + clock + " +0000 UTC";
}

TemplateValue empty_of(FieldType type) {
  switch (type) {
    case list:
      return TemplateValue::array();
    case map:
      return TemplateValue::object();
    case text:
    case time:
      return "";
    case number:
      return 0;
    case truth:
      return false;
    case pointer:
      return nullptr;
  }
  return nullptr;
}

}  // namespace stack::format
