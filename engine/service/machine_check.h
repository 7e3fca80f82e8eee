// What a service asks of this machine that it cannot give: rights, limits and devices that only the engine understands.
//
// Loop thread; throws nothing for what a service asks: that is a fault in the answer.
#pragma once

#include <string>
#include <vector>

#include "compose/model/service.h"
#include "engine/cdi/cdi_devices.h"
#include "engine/sandbox/host_facts.h"

namespace stack::service {

struct ServiceFault {
  std::string attribute;  // "cap_add[1]"
  std::string message;
};

// One for each request of devices, limit of the kernel and storage option that this machine cannot fulfil: asks its files.
std::vector<ServiceFault> device_faults(const compose::Service& service, const sandbox::HostFacts& facts,
                                        cdi::CurrentDevices& devices, const std::string& engine_root);

// One for each device that is not there and setting that the kernel does not have: what only the start of a container needs.
std::vector<ServiceFault> start_faults(const compose::Service& service, const sandbox::HostFacts& facts);

// One for each value of cap_add, cap_drop, security_opt and ulimits that would be refused when the container starts.
std::vector<ServiceFault> machine_faults(const compose::Service& service, const sandbox::HostFacts& facts);

}  // namespace stack::service
