// Limits of a container that is created or updated, and which of them dockerd refuses, in its words and in its order. What they are held
// against on this machine is engine/service/machine_limits.h.
#include "engine/api/codec_json.h"
#include "engine/api/container_creation_json.h"

namespace stack::api {

using nlohmann::json;

namespace {

constexpr std::int64_t kMemoryMin = 6 << 20;
constexpr std::int64_t kPeriodMinUs = 1'000, kPeriodMaxUs = 1'000'000;

void refuse_if(bool wrong, const std::string& why) {
  if (wrong) throw Error(ErrorKind::invalid, why);
}

std::vector<model::DeviceLimit> limits_of(const json& host, const char* key, const char* member) {
  std::vector<model::DeviceLimit> limits;
  for (const json& each : member_of<std::vector<json>>(host, key))
    limits.push_back({member_of<std::string>(each, "Path"), member_of<std::int64_t>(each, member)});
  return limits;
}

void check_memory(const model::Resources& limits, std::int64_t swappiness, LimitsOf whose) {
  refuse_if(limits.memory_max < 0 || (limits.memory_max > 0 && limits.memory_max < kMemoryMin),
            "Minimum memory limit allowed is 6MB");
  refuse_if(limits.memory_swap > 0 && limits.memory_max > limits.memory_swap,
            "Minimum memoryswap limit should be larger than memory limit, see usage");
  refuse_if(limits.memory_swap > 0 && limits.memory_max == 0 && whose == LimitsOf::creation,
            "You should always set the Memory limit when using Memoryswap limit, see usage");
  refuse_if(swappiness != -1 && (swappiness < 0 || swappiness > 100),
            "Invalid value: " + std::to_string(swappiness) + ", valid memory swappiness range is 0-100");
  refuse_if(limits.memory_low > 0 && limits.memory_low < kMemoryMin, "Minimum memory reservation allowed is 6MB");
  refuse_if(limits.memory_low > limits.memory_max && limits.memory_max > 0,
            "Minimum memory limit can not be less than memory reservation limit, see usage");
}

void check_processors(const model::Resources& limits) {
  refuse_if(limits.cpu_shares < 0,
            "invalid CPU shares (" + std::to_string(limits.cpu_shares) + "): value must be a positive integer");
  for (const auto& [limit, name] : {std::pair{limits.cpu_period_us, "Period"}, {limits.cpu_quota_us, "Quota"}}) {
    refuse_if(limits.nano_cpus > 0 && limit > 0,
              std::string{"Conflicting options: Nano CPUs and CPU "} + name + " cannot both be set");
  }
  refuse_if(limits.cpu_period_us != 0 && (limits.cpu_period_us < kPeriodMinUs || limits.cpu_period_us > kPeriodMaxUs),
            "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  refuse_if(limits.cpu_quota_us > 0 && limits.cpu_quota_us < kPeriodMinUs,
            "CPU cfs quota can not be less than 1ms (i.e. 1000)");
  refuse_if(limits.realtime_period_us != 0 && limits.realtime_runtime_us > limits.realtime_period_us,
            "cpu real-time runtime cannot be higher than cpu real-time period");
}

void refuse_qualities(const json& host) {
  for (const auto& [member, what] : {std::pair{"IOMaximumBandwidth", "bandwidth"}, {"IOMaximumIOps", "IOPs"}}) {
    refuse_if(member_of<std::uint64_t>(host, member) != 0,
              std::string{"invalid option: QoS maximum "} + what + " configuration is not supported on linux");
  }
}

}  // namespace

model::Resources read_resources(const json& host, LimitsOf whose) {
  const auto number = [&](const char* key) { return member_of<std::int64_t>(host, key); };
  model::Resources limits;
  limits.memory_max = number("Memory");
  limits.memory_low = number("MemoryReservation");
  limits.memory_swap = number("MemorySwap");
  limits.nano_cpus = number("NanoCpus");
  limits.cpu_shares = number("CpuShares");
  limits.cpu_period_us = number("CpuPeriod");
  limits.cpu_quota_us = number("CpuQuota");
  limits.cpuset = member_of<std::string>(host, "CpusetCpus");
  limits.memory_nodes = member_of<std::string>(host, "CpusetMems");
  limits.memory_swappiness = member_of<std::int64_t>(host, "MemorySwappiness", -1);
  limits.block_weight = number("BlkioWeight");
  limits.device_weights = limits_of(host, "BlkioWeightDevice", "Weight");
  limits.read_bytes = limits_of(host, "BlkioDeviceReadBps", "Rate");
  limits.write_bytes = limits_of(host, "BlkioDeviceWriteBps", "Rate");
  limits.read_operations = limits_of(host, "BlkioDeviceReadIOps", "Rate");
  limits.write_operations = limits_of(host, "BlkioDeviceWriteIOps", "Rate");
  limits.realtime_period_us = number("CpuRealtimePeriod");
  limits.realtime_runtime_us = number("CpuRealtimeRuntime");
  limits.pids_max = number("PidsLimit");
  limits.oom_score_adj = member_of<int>(host, "OomScoreAdj");
  limits.oom_kill_disable = member_of<bool>(host, "OomKillDisable");
  check_memory(limits, limits.memory_swappiness, whose);
  check_processors(limits);
  refuse_if(limits.oom_score_adj < -1000 || limits.oom_score_adj > 1000,
            "Invalid value " + std::to_string(limits.oom_score_adj) + ", range for oom score adj is [-1000, 1000]");
  refuse_qualities(host);
  return limits;
}

}  // namespace stack::api
