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

TemplateValue empty_of(FieldType type) {
  switch (type) {
    case list:
      return TemplateValue::array();
    case map:
      return TemplateValue::object();
    case text:
      return "";
    case truth:
      return false;
    case pointer:
      return nullptr;
  }
  return nullptr;
}

}  // namespace stack::format
