#include "compose/admission/admission.h"

#include <algorithm>

#include <unistd.h>

#include "compose/admission/value_rules.h"

namespace stack::compose {

Machine this_machine() {
  return {.processors = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)), .online = online_processors()};
}

std::vector<Objection> find_objections(const Project& project, const Machine& machine) {
  std::vector<Objection> found;
  for (const auto& [name, service] : project.services) {
    ServiceReport report{service, found};
    check_restart(service, report);
    check_ports(service, report);
    check_network_modes(service, report);
    check_network_places(service, report);
    check_addresses(service, report);
    check_process(service, report);
    check_health(service, report);
    check_logging(service, report);
    check_limits(service, machine, report);
    check_ulimits(service, report);
    check_capabilities(service, report);
    check_sysctls(service, report);
    check_files(service, report);
    check_texts(service, report);
  }
  check_networks(project, found);
  check_volumes(project, found);
  std::ranges::stable_sort(found, {}, &Objection::path);
  return found;
}

}  // namespace stack::compose
