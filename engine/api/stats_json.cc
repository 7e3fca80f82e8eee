#include "engine/api/stats_json.h"

#include <limits>

#include "engine/api/codec_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

constexpr const char* kNoTime = "0001-01-01T00:00:00Z";

json cpu_value(const ContainerSample* sample) {
  const model::ResourceUsage none;
  const model::ResourceUsage& usage = sample == nullptr ? none : sample->usage;
  json used{{"total_usage", usage.cpu_usage_ns},
            {"usage_in_kernelmode", usage.cpu_system_ns},
            {"usage_in_usermode", usage.cpu_user_ns}};
  if (!usage.cpu_by_processor_ns.empty()) used["percpu_usage"] = usage.cpu_by_processor_ns;
  json value{{"cpu_usage", used},
             {"throttling_data",
              {{"periods", usage.periods},
               {"throttled_periods", usage.throttled_periods},
               {"throttled_time", usage.throttled_ns}}}};
  if (sample != nullptr && sample->read) {
    value["system_cpu_usage"] = sample->machine_cpu_ns;
    value["online_cpus"] = sample->processors;
  }
  return value;
}

json memory_value(const ContainerSample& sample) {
  if (!sample.read) return json::object();
  const model::ResourceUsage& usage = sample.usage;
  const bool limited = usage.memory_max != 0 && usage.memory_max < sample.machine_memory;
  json value{{"usage", usage.memory_bytes},
             {"stats", usage.memory_figures},
             {"limit", limited ? usage.memory_max : sample.machine_memory}};
  // Docker leaves these out where control groups have no such figure.
  if (usage.memory_peak != 0) value["max_usage"] = usage.memory_peak;
  if (usage.memory_refusals != 0) value["failcnt"] = usage.memory_refusals;
  return value;
}

json pids_value(const ContainerSample& sample) {
  if (!sample.read) return json::object();
  json value{{"current", sample.usage.pids}};
  if (sample.usage.pids_max != 0) {
    value["limit"] = sample.usage.pids_max;
  } else if (sample.usage.version_2) {
    value["limit"] = std::numeric_limits<std::uint64_t>::max();
  }
  return value;
}

json figures_or_null(const std::vector<model::BlockFigure>& figures) {
  json list = json::array();
  for (const model::BlockFigure& figure : figures) {
    list.push_back(
        {{"major", figure.major}, {"minor", figure.minor}, {"op", figure.operation}, {"value", figure.value}});
  }
  return list.empty() ? json(nullptr) : list;
}

json block_value(const model::ResourceUsage& usage) {
  json value;
  for (const char* name : {"io_queue_recursive", "io_service_time_recursive", "io_wait_time_recursive",
                           "io_merged_recursive", "io_time_recursive", "sectors_recursive"})
    value[name] = nullptr;
  value["io_service_bytes_recursive"] = figures_or_null(usage.io_bytes);
  value["io_serviced_recursive"] = usage.version_2 ? json(nullptr) : figures_or_null(usage.io_operations);
  return value;
}

json networks_value(const std::map<std::string, NetworkCounters>& networks) {
  json value = json::object();
  for (const auto& [name, of] : networks) {
    value[name] = {{"rx_bytes", of.rx_bytes},     {"rx_packets", of.rx_packets}, {"rx_errors", of.rx_errors},
                   {"rx_dropped", of.rx_dropped}, {"tx_bytes", of.tx_bytes},     {"tx_packets", of.tx_packets},
                   {"tx_errors", of.tx_errors},   {"tx_dropped", of.tx_dropped}};
  }
  return value;
}

std::string time_text(const ContainerSample* sample) {
  return sample != nullptr && sample->read ? rfc3339_nanos(*sample->read) : kNoTime;
}

std::uint64_t count_of(const json& object, const char* key) { return member_of<std::uint64_t>(object, key); }

json part_of(const json& object, const char* key) { return member_of<json>(object, key, json::object()); }

// Version 1 says it of the container and what is below it, version 2 of both at once.
std::uint64_t inactive_of(const json& figures) {
  const std::uint64_t total = count_of(figures, "total_inactive_file");
  return total != 0 ? total : count_of(figures, "inactive_file");
}

void add_blocks(const json& block, ContainerFigures& figures) {
  for (const json& each : member_of<json>(block, "io_service_bytes_recursive", json::array())) {
    const std::string operation = member_of<std::string>(each, "op");
    if (operation == "Read" || operation == "read") figures.read_bytes += count_of(each, "value");
    if (operation == "Write" || operation == "write") figures.written_bytes += count_of(each, "value");
  }
}

}  // namespace

std::string container_stats_line(const ContainerSample& now, const ContainerSample* before) {
  json value{{"id", now.id},
             {"name", "/" + now.name},
             {"read", time_text(&now)},
             {"preread", time_text(before)},
             {"pids_stats", pids_value(now)},
             {"blkio_stats", block_value(now.usage)},
             {"num_procs", 0},
             {"storage_stats", json::object()},
             {"cpu_stats", cpu_value(&now)},
             {"precpu_stats", cpu_value(before)},
             {"memory_stats", memory_value(now)}};
  if (!now.networks.empty()) value["networks"] = networks_value(now.networks);
  return text_of(value) + "\n";
}

ContainerFigures parse_container_stats(std::string_view text) {
  return reading("the container's figures", [&] {
    const json value = object_of(text, "the container's figures");
    ContainerFigures figures{.id = member_of<std::string>(value, "id"), .name = member_of<std::string>(value, "name")};
    if (figures.name.starts_with('/')) figures.name.erase(0, 1);
    figures.runs = member_of<std::string>(value, "read", kNoTime) != kNoTime;
    const json cpu = part_of(value, "cpu_stats"), before = part_of(value, "precpu_stats");
    figures.cpu_ns = count_of(part_of(cpu, "cpu_usage"), "total_usage");
    figures.machine_cpu_ns = count_of(cpu, "system_cpu_usage");
    figures.cpu_before_ns = count_of(part_of(before, "cpu_usage"), "total_usage");
    figures.machine_before_ns = count_of(before, "system_cpu_usage");
    figures.processors = count_of(cpu, "online_cpus");
    const json memory = part_of(value, "memory_stats");
    const std::uint64_t usage = count_of(memory, "usage"), inactive = inactive_of(part_of(memory, "stats"));
    figures.memory_bytes = inactive < usage ? usage - inactive : usage;
    figures.memory_limit = count_of(memory, "limit");
    for (const json& network : part_of(value, "networks")) {
      figures.received_bytes += count_of(network, "rx_bytes");
      figures.sent_bytes += count_of(network, "tx_bytes");
    }
    add_blocks(part_of(value, "blkio_stats"), figures);
    figures.pids = count_of(part_of(value, "pids_stats"), "current");
    return figures;
  });
}

}  // namespace stack::api
