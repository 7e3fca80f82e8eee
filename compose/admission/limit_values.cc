#include <algorithm>
#include <cmath>

#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

constexpr std::int64_t kMemoryMin = std::int64_t{6} << 20;
constexpr std::int64_t kPeriodMinUs = 1'000, kPeriodMaxUs = 1'000'000;

class LimitCheck {
 public:
  LimitCheck(const Service& service, const Machine& machine, ServiceReport& report)
      : service_(service), machine_(machine), report_(report) {}

  void run() {
    processors("cpus", service_.cpus);
    memory("mem_limit", service_.mem_limit.value);
    if (service_.deploy && service_.deploy->resources.limits) {
      const ResourceSet& limits = *service_.deploy->resources.limits;
      processors("deploy.resources.limits.cpus", limits.cpus);
      memory("deploy.resources.limits.memory", limits.memory.value);
    }
    reserved_and_swapped();
    scheduling();
    processor_set();
    range("mem_swappiness", service_.mem_swappiness ? service_.mem_swappiness->value : -1, -1, 100);
    range("oom_score_adj", service_.oom_score_adj, -1000, 1000);
    if (service_.shm_size.value < 0) report_.refuse("shm_size", "a size cannot be negative; write one such as 64m");
    if (service_.blkio_config && service_.blkio_config->weight != 0)
      range("blkio_config.weight", service_.blkio_config->weight, 10, 1000);
  }

 private:
  void range(const char* attribute, std::int64_t value, std::int64_t least, std::int64_t most) {
    if (value >= least && value <= most) return;
    report_.refuse(attribute, std::to_string(value) + " is out of range; write a number from " +
                                  std::to_string(std::max<std::int64_t>(least, attribute[0] == 'm' ? 0 : least)) +
                                  " to " + std::to_string(most));
  }

  void processors(const char* attribute, double value) {
    if (std::isnan(value)) {
      report_.refuse(attribute, "this is not a number of processors; write one such as 0.5");
    } else if (value < 0) {
      report_.refuse(attribute, "a number of processors cannot be negative; write one such as 0.5");
    } else if (machine_.processors > 0 && value > machine_.processors) {
      report_.refuse(attribute, "this machine has " + std::to_string(machine_.processors) +
                                    (machine_.processors == 1 ? " processor" : " processors") +
                                    "; write at most that many");
    }
    if (value > 0 && service_.cpu_quota != 0) report_.refuse("cpu_quota", "it excludes cpus; keep one of them");
    if (value > 0 && service_.cpu_period != 0) report_.refuse("cpu_period", "it excludes cpus; keep one of them");
  }

  void memory(const char* attribute, std::int64_t value) {
    if (value != 0 && value < kMemoryMin)
      report_.refuse(attribute, "a container cannot run in so little memory; write at least 6m");
    if (value != 0) memory_limit_ = value;
  }

  void reserved_and_swapped() {
    std::int64_t reserved = service_.mem_reservation.value;
    const char* reserved_at = "mem_reservation";
    const auto& deploy = service_.deploy;
    if (deploy && deploy->resources.reservations && deploy->resources.reservations->memory.value != 0) {
      reserved = deploy->resources.reservations->memory.value;
      reserved_at = "deploy.resources.reservations.memory";
    }
    if (reserved < 0) report_.refuse(reserved_at, "a size cannot be negative");
    if (memory_limit_ > 0 && reserved > memory_limit_) {
      report_.refuse(reserved_at, "more is reserved than the container may have; write at most its limit of memory");
    }
    const std::int64_t swap = service_.memswap_limit.value;
    if (swap > 0 && memory_limit_ == 0) {
      report_.refuse("memswap_limit", "it is the sum of memory and swap, so it needs mem_limit");
    } else if (swap > 0 && swap < memory_limit_) {
      report_.refuse("memswap_limit",
                     "it is the sum of memory and swap, so it cannot be below mem_limit; write -1 for any swap");
    }
  }

  void scheduling() {
    if (service_.cpu_period != 0) {
      if (service_.cpu_period < kPeriodMinUs || service_.cpu_period > kPeriodMaxUs)
        report_.refuse("cpu_period", "a period lasts from 1000 to 1000000 microseconds");
    }
    if (service_.cpu_quota > 0 && service_.cpu_quota < kPeriodMinUs)
      report_.refuse("cpu_quota", "a quota is at least 1000 microseconds; write -1 for no limit");
    if (service_.cpu_shares < 0) report_.refuse("cpu_shares", "a share cannot be negative; 1024 is the default");
  }

  void processor_set() {
    if (service_.cpuset.empty()) return;
    const auto wanted = ProcessorList::parse(service_.cpuset);
    if (!wanted || wanted->empty()) {
      report_.refuse("cpuset", "\"" + service_.cpuset + "\" is not a list of processors; write one such as 0-2,4");
      return;
    }
    if (machine_.online.empty()) return;
    if (const auto missing = wanted->first_not_in(machine_.online)) {
      report_.refuse("cpuset", "this machine has no processor " + std::to_string(*missing) + " at work; it has " +
                                   machine_.online.text());
    }
  }

  const Service& service_;
  const Machine& machine_;
  ServiceReport& report_;
  std::int64_t memory_limit_ = 0;
};

}  // namespace

void check_limits(const Service& service, const Machine& machine, ServiceReport& report) {
  LimitCheck{service, machine, report}.run();
}

}  // namespace stack::compose
