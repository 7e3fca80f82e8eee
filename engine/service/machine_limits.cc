#include "engine/service/machine_limits.h"

#include <string>

#include <unistd.h>

#include "base/error.h"
#include "base/processor_list.h"

namespace stack::service {
namespace {

void check_set(const std::string& wanted, const ProcessorList& online, const std::string& member,
               const std::string& what) {
  if (wanted.empty()) return;
  const auto list = ProcessorList::parse(wanted);
  if (!list || list->empty()) {
    throw Error(ErrorKind::invalid,
                "Invalid value " + wanted + " for cpuset " + member + ": invalid format: " + wanted);
  }
  if (online.empty() || !list->first_not_in(online)) return;
  throw Error(ErrorKind::invalid,
              "Requested " + what + " are not available - requested " + wanted + ", available: " + online.text());
}

}  // namespace

void check_machine_limits(const model::Resources& limits) {
  constexpr std::int64_t kNanos = 1'000'000'000;
  const std::int64_t processors = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (limits.nano_cpus < 0 || limits.nano_cpus / kNanos + (limits.nano_cpus % kNanos > 0 ? 1 : 0) > processors) {
    const std::string most = std::to_string(processors);
    throw Error(ErrorKind::invalid,
                "range of CPUs is from 0.01 to " + most + ".00, as there are only " + most + " CPUs available");
  }
  check_set(limits.cpuset, online_processors(), "cpus", "CPUs");
  check_set(limits.memory_nodes, online_memory_nodes(), "mems", "memory nodes");
}

}  // namespace stack::service
