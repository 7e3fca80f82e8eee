#include "engine/api/stats_json.h"

#include <limits>

#include "engine/api/codec_json.h"
#include "engine/api/json_text.h"

namespace stack::api {
namespace {

using nlohmann::json;

constexpr const char* kNoTime = "0001-01-01T00:00:00Z";

void write_cpu(JsonText& to, const char* name, const ContainerSample* sample) {
  const model::ResourceUsage none;
  const model::ResourceUsage& usage = sample == nullptr ? none : sample->usage;
  to.object(name, [&] {
    to.object("cpu_usage", [&] {
      to.member("total_usage", usage.cpu_usage_ns);
      if (!usage.cpu_by_processor_ns.empty()) to.member("percpu_usage", usage.cpu_by_processor_ns);
      to.member("usage_in_kernelmode", usage.cpu_system_ns);
      to.member("usage_in_usermode", usage.cpu_user_ns);
    });
    if (sample != nullptr && sample->read) {
      to.member("system_cpu_usage", sample->machine_cpu_ns);
      to.member("online_cpus", sample->processors);
    }
    to.object("throttling_data", [&] {
      to.member("periods", usage.periods);
      to.member("throttled_periods", usage.throttled_periods);
      to.member("throttled_time", usage.throttled_ns);
    });
  });
}

void write_memory(JsonText& to, const ContainerSample& sample) {
  to.object("memory_stats", [&] {
    if (!sample.read) return;
    const model::ResourceUsage& usage = sample.usage;
    const bool limited = usage.memory_max != 0 && usage.memory_max < sample.machine_memory;
    to.member("usage", usage.memory_bytes);
    // Docker leaves these two out where control groups have no such figure.
    if (usage.memory_peak != 0) to.member("max_usage", usage.memory_peak);
    to.member("stats", usage.memory_figures);
    if (usage.memory_refusals != 0) to.member("failcnt", usage.memory_refusals);
    to.member("limit", limited ? usage.memory_max : sample.machine_memory);
  });
}

void write_pids(JsonText& to, const ContainerSample& sample) {
  to.object("pids_stats", [&] {
    if (!sample.read) return;
    to.member("current", sample.usage.pids);
    if (sample.usage.pids_max != 0) {
      to.member("limit", sample.usage.pids_max);
    } else if (sample.usage.version_2) {
      to.member("limit", std::numeric_limits<std::uint64_t>::max());
    }
  });
}

void write_figures(JsonText& to, const char* name, const std::vector<model::BlockFigure>& figures) {
  if (figures.empty()) return to.member(name, nullptr);
  to.array(name, [&] {
    for (const model::BlockFigure& figure : figures) {
      to.object([&] {
        to.member("major", figure.major);
        to.member("minor", figure.minor);
        to.member("op", figure.operation);
        to.member("value", figure.value);
      });
    }
  });
}

void write_blocks(JsonText& to, const model::ResourceUsage& usage) {
  const std::vector<model::BlockFigure> none;
  to.object("blkio_stats", [&] {
    write_figures(to, "io_service_bytes_recursive", usage.io_bytes);
    write_figures(to, "io_serviced_recursive", usage.version_2 ? none : usage.io_operations);
    for (const char* name : {"io_queue_recursive", "io_service_time_recursive", "io_wait_time_recursive",
                             "io_merged_recursive", "io_time_recursive", "sectors_recursive"})
      to.member(name, nullptr);
  });
}

void write_interfaces(JsonText& to, const std::map<std::string, NetworkCounters>& networks) {
  if (networks.empty()) return;
  to.object("networks", [&] {
    for (const auto& [name, of] : networks) {
      to.object(name, [&, &of = of] {
        to.member("rx_bytes", of.rx_bytes);
        to.member("rx_packets", of.rx_packets);
        to.member("rx_errors", of.rx_errors);
        to.member("rx_dropped", of.rx_dropped);
        to.member("tx_bytes", of.tx_bytes);
        to.member("tx_packets", of.tx_packets);
        to.member("tx_errors", of.tx_errors);
        to.member("tx_dropped", of.tx_dropped);
      });
    }
  });
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
  JsonText to;
  to.object([&] {
    to.member("name", "/" + now.name);
    to.member("id", now.id);
    to.member("read", time_text(&now));
    to.member("preread", time_text(before));
    write_pids(to, now);
    write_blocks(to, now.usage);
    to.member("num_procs", 0);
    to.object("storage_stats", [] {});
    write_cpu(to, "cpu_stats", &now);
    write_cpu(to, "precpu_stats", before);
    write_memory(to, now);
    write_interfaces(to, now.networks);
  });
  return to.take() + "\n";
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
