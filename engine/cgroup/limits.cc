#include "engine/cgroup/limits.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/processor_list.h"

namespace stack::cgroup {
namespace {

constexpr std::int64_t kPeriodUs = 100'000;
constexpr std::int64_t kPeriodMinUs = 1'000, kPeriodMaxUs = 1'000'000;
constexpr std::int64_t kMemoryMin = std::int64_t{6} << 20;

struct Quota {
  std::int64_t quota_us = 0, period_us = 0;  // 0: unset; quota -1: without limit
};

struct DeviceRule {
  const char* attribute;  // of blkio_config
  std::vector<model::DeviceLimit> model::Resources::*member;
  const char* v1_file;
  const char* v2_key;
};
constexpr std::array<DeviceRule, 4> kDeviceRules = {
    {{"device_read_bps", &model::Resources::read_bytes, "blkio.throttle.read_bps_device", "rbps"},
     {"device_write_bps", &model::Resources::write_bytes, "blkio.throttle.write_bps_device", "wbps"},
     {"device_read_iops", &model::Resources::read_operations, "blkio.throttle.read_iops_device", "riops"},
     {"device_write_iops", &model::Resources::write_operations, "blkio.throttle.write_iops_device", "wiops"}}};

[[noreturn]] void invalid(std::string message) { throw Error(ErrorKind::invalid, std::move(message)); }

Quota quota_of(const model::Resources& resources) {
  if (resources.nano_cpus < 0) invalid("cpus must not be negative");
  if (resources.nano_cpus > 0) {
    if (resources.cpu_quota_us != 0 || resources.cpu_period_us != 0) {
      invalid("cpus cannot be combined with cpu_quota or cpu_period");
    }
    const std::int64_t quota = resources.nano_cpus / (1'000'000'000 / kPeriodUs);
    return {std::max(quota, kPeriodMinUs), kPeriodUs};
  }
  const std::int64_t period = resources.cpu_period_us;
  if (period != 0 && (period < kPeriodMinUs || period > kPeriodMaxUs)) {
    invalid("cpu_period must lie between 1ms and 1s");
  }
  if (resources.cpu_quota_us > 0 && resources.cpu_quota_us < kPeriodMinUs) invalid("cpu_quota must be at least 1ms");
  return {resources.cpu_quota_us < 0 ? -1 : resources.cpu_quota_us, period};
}

void check_memory(const model::Resources& resources) {
  if (resources.memory_max < 0 || resources.memory_low < 0) invalid("memory limits must not be negative");
  if (resources.memory_max > 0 && resources.memory_max < kMemoryMin) invalid("the least memory limit is 6MB");
  if (resources.memory_max > 0 && resources.memory_low > resources.memory_max) {
    invalid("mem_reservation must not be larger than mem_limit");
  }
  if (resources.memory_swap > 0 && resources.memory_max == 0) invalid("memswap_limit needs mem_limit");
  if (resources.memory_swap > 0 && resources.memory_swap < resources.memory_max) {
    invalid("memswap_limit must not be smaller than mem_limit: it is memory plus swap");
  }
}

// Memory plus swap; 0: leave it. Without a wish a limited container may swap as much again as it may have memory.
std::int64_t total_with_swap(const model::Resources& resources) {
  if (resources.memory_swap != 0) return resources.memory_swap;
  return resources.memory_max > 0 ? resources.memory_max * 2 : 0;
}

// One line a device and file: the kernel takes no more at once.
void device_writes(const model::Resources& resources, Mode mode, const DeviceNumbers* numbers,
                   std::vector<Write>& out) {
  const auto line = [&](const model::DeviceLimit& each) { return numbers->at(each.path) + " "; };
  for (const model::DeviceLimit& each : resources.device_weights) {
    if (each.value < 10 || each.value > 1000) invalid("blkio_config.weight_device: weights lie between 10 and 1000");
    if (numbers == nullptr) continue;
    const std::string device = line(each);
    const std::string weight = std::to_string(each.value);
    // Only some schedulers of the kernel weigh.
    if (mode == Mode::v2) {
      out.push_back({"io", "io.bfq.weight", device + weight, true});
      out.push_back({"io", "io.weight", device + std::to_string(1 + (each.value - 10) * 9'999 / 990), true});
    } else {
      out.push_back({"blkio", "blkio.weight_device", device + weight, true});
      out.push_back({"blkio", "blkio.bfq.weight_device", device + weight, true});
    }
  }
  for (const DeviceRule& rule : kDeviceRules) {
    for (const model::DeviceLimit& each : resources.*rule.member) {
      if (each.value < 0) invalid("blkio_config." + std::string{rule.attribute} + ": a rate must not be negative");
      if (numbers == nullptr) continue;
      const std::string device = line(each);
      const std::string rate = std::to_string(each.value);
      if (mode == Mode::v2) {
        out.push_back({"io", "io.max", device + rule.v2_key + "=" + (each.value == 0 ? "max" : rate)});
      } else {
        out.push_back({"blkio", rule.v1_file, device + rate});
      }
    }
  }
}

void v2_writes(const model::Resources& resources, bool swap_accounting, std::vector<Write>& out) {
  const auto text = [](std::int64_t value) { return value < 0 ? std::string("max") : std::to_string(value); };
  if (resources.oom_kill_disable) {
    throw Error(ErrorKind::unsupported, "oom_kill_disable does not exist with control groups version 2");
  }
  if (resources.realtime_runtime_us != 0 || resources.realtime_period_us != 0) {
    throw Error(ErrorKind::unsupported, "control groups version 2 have no real-time limits")
        .about(resources.realtime_runtime_us != 0 ? "cpu_rt_runtime" : "cpu_rt_period")
        .remedy("remove cpu_rt_period and cpu_rt_runtime, or boot with version 1");
  }
  if (resources.memory_low > 0) out.push_back({"memory", "memory.low", text(resources.memory_low)});
  if (resources.memory_max > 0) out.push_back({"memory", "memory.max", text(resources.memory_max)});
  const std::int64_t total = total_with_swap(resources);
  if (total != 0 && (swap_accounting || resources.memory_swap != 0)) {
    out.push_back({"memory", "memory.swap.max", text(total < 0 ? -1 : total - resources.memory_max)});
  }
  if (const std::int64_t weight = resources.block_weight; weight > 0) {
    out.push_back({"io", "io.bfq.weight", std::to_string(weight), true});
    out.push_back({"io", "io.weight", std::to_string(1 + (weight - 10) * 9'999 / 990), true});
  }
  if (resources.cpu_shares > 0) {
    out.push_back({"cpu", "cpu.weight", std::to_string(weight_of_shares(resources.cpu_shares))});
  }
  const Quota quota = quota_of(resources);
  if (quota.quota_us != 0 || quota.period_us != 0) {
    const std::int64_t shown = quota.quota_us == 0 ? -1 : quota.quota_us;
    out.push_back({"cpu", "cpu.max", text(shown) + " " + text(quota.period_us ? quota.period_us : kPeriodUs)});
  }
}

void v1_writes(const model::Resources& resources, bool swap_accounting, std::vector<Write>& out) {
  const auto text = [](std::int64_t value) { return std::to_string(value); };
  if (resources.memory_max > 0) out.push_back({"memory", "memory.limit_in_bytes", text(resources.memory_max)});
  if (resources.memory_low > 0) out.push_back({"memory", "memory.soft_limit_in_bytes", text(resources.memory_low)});
  const std::int64_t total = total_with_swap(resources);
  if (total != 0 && (swap_accounting || resources.memory_swap != 0)) {
    out.push_back({"memory", "memory.memsw.limit_in_bytes", text(total)});
  }
  if (resources.memory_swappiness >= 0) {
    out.push_back({"memory", "memory.swappiness", text(resources.memory_swappiness)});
  }
  if (resources.oom_kill_disable) out.push_back({"memory", "memory.oom_control", "1"});
  if (resources.block_weight > 0) out.push_back({"blkio", "blkio.weight", text(resources.block_weight), true});
  if (resources.cpu_shares > 0) out.push_back({"cpu", "cpu.shares", text(resources.cpu_shares)});
  if (resources.realtime_period_us != 0) out.push_back({"cpu", "cpu.rt_period_us", text(resources.realtime_period_us)});
  if (resources.realtime_runtime_us != 0)
    out.push_back({"cpu", "cpu.rt_runtime_us", text(resources.realtime_runtime_us)});
  const Quota quota = quota_of(resources);
  if (quota.period_us != 0) out.push_back({"cpu", "cpu.cfs_period_us", text(quota.period_us)});
  if (quota.quota_us != 0) out.push_back({"cpu", "cpu.cfs_quota_us", text(quota.quota_us)});
}

}  // namespace

std::uint64_t weight_of_shares(std::int64_t shares) {
  if (shares <= 0) return 0;
  const std::int64_t clamped = std::clamp<std::int64_t>(shares, 2, 262'144);
  return static_cast<std::uint64_t>(1 + (clamped - 2) * 9'999 / 262'142);
}

std::vector<Write> limit_writes(const model::Resources& resources, Mode mode, bool swap_accounting,
                                const DeviceNumbers* numbers) {
  check_memory(resources);
  if (resources.cpu_shares < 0) invalid("cpu_shares must not be negative");
  if (resources.realtime_period_us < 0) invalid("cpu_rt_period must not be negative");
  if (resources.realtime_runtime_us < -1) invalid("cpu_rt_runtime must not be negative");
  if (resources.memory_swappiness > 100) invalid("mem_swappiness must lie between 0 and 100");
  if (resources.block_weight != 0 && (resources.block_weight < 10 || resources.block_weight > 1000)) {
    invalid("blkio_config.weight must lie between 10 and 1000");
  }
  const auto processors = ProcessorList::parse(resources.cpuset);
  if (!processors || (processors->empty() && !resources.cpuset.empty()))
    invalid("cpuset \"" + resources.cpuset + "\" is not a list of processors");
  std::vector<Write> out;
  if (mode == Mode::v2) {
    v2_writes(resources, swap_accounting, out);
  } else {
    v1_writes(resources, swap_accounting, out);
  }
  device_writes(resources, mode, numbers, out);
  if (!resources.cpuset.empty()) out.push_back({"cpuset", "cpuset.cpus", resources.cpuset});
  // The lists have one form.
  if (const auto nodes = ProcessorList::parse(resources.memory_nodes);
      !nodes || (nodes->empty() && !resources.memory_nodes.empty()))
    invalid("\"" + resources.memory_nodes + "\" is not a list of memory nodes");
  if (!resources.memory_nodes.empty()) out.push_back({"cpuset", "cpuset.mems", resources.memory_nodes});
  if (resources.pids_max != 0) {
    out.push_back({"pids", "pids.max", resources.pids_max < 0 ? "max" : std::to_string(resources.pids_max)});
  }
  return out;
}

}  // namespace stack::cgroup
