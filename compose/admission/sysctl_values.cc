#include <algorithm>

#include "compose/admission/value_rules.h"

namespace stack::compose {

void check_sysctls(const Service& service, ServiceReport& report) {
  for (const auto& [name, value] : service.sysctls) {
    const std::string at = "sysctls." + name;
    const bool network = name.starts_with("net.");
    const bool ipc = name.starts_with("fs.mqueue.") || name.starts_with("kernel.shm") ||
                     name.starts_with("kernel.msg") || name == "kernel.sem";
    if (name.find('/') != std::string::npos) {
      std::string dotted = name;
      std::ranges::replace(dotted, '/', '.');
      report.refuse(at, "write the name with dots: " + dotted);
    } else if ((!network && !ipc) || name.find("..") != std::string::npos) {
      report.refuse(at, "a container has no setting \"" + name +
                            "\" of its own; it has those of net., fs.mqueue., kernel.msg*, kernel.shm* and kernel.sem");
    } else if (network && !service.network_mode.empty() && service.network_mode != "bridge" &&
               service.network_mode != "default" && service.network_mode != "none") {
      report.refuse(
          at, "with network_mode: " + service.network_mode + " the network's settings are not the container's own");
    } else if (ipc && (service.ipc == "host" || service.ipc.find(':') != std::string::npos)) {
      report.refuse(at, "with ipc: " + service.ipc + " these settings are not the container's own");
    }
  }
}

}  // namespace stack::compose
