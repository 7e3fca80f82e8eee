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
    } else if (network && service.network_mode == "host") {
      report.refuse(at, "with network_mode: host the network's settings are the machine's own");
    } else if (ipc && service.ipc == "host") {
      report.refuse(at, "with ipc: host these settings are the machine's own");
    }
  }
}

}  // namespace stack::compose
