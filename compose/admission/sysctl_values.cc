#include "base/model/sysctl.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {

void check_sysctls(const Service& service, ServiceReport& report) {
  using model::SysctlScope;
  for (const auto& [name, value] : service.sysctls) {
    const std::string at = "sysctls." + name;
    switch (model::parse_sysctl(name).scope) {
      case SysctlScope::none:
        report.refuse(at, "a container has no setting \"" + name +
                              "\" of its own; it has those of net., fs.mqueue., kernel.msg*, kernel.shm*, kernel.sem "
                              "and kernel.domainname");
        break;
      case SysctlScope::network:
        if (service.network_mode == "host")
          report.refuse(at, "with network_mode: host the network's settings are the machine's own");
        break;
      case SysctlScope::ipc:
        if (service.ipc == "host") report.refuse(at, "with ipc: host these settings are the machine's own");
        break;
      case SysctlScope::host_name:
        if (service.uts == "host") report.refuse(at, "with uts: host the container has the host's names");
        break;
    }
  }
}

}  // namespace stack::compose
