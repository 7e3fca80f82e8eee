#include "engine/service/machine_check.h"

#include "base/error.h"
#include "engine/sandbox/launch_plan.h"

namespace stack::service {

std::vector<ServiceFault> machine_faults(const compose::Service& service, const sandbox::HostFacts& facts) {
  std::vector<ServiceFault> found;
  const auto check = [&](const std::string& attribute, const model::ContainerSpec& part) {
    try {
      sandbox::check_rights(part, facts);
    } catch (const Error& error) {
      const std::string& remedy = error.remedy_text();
      found.push_back({attribute, error.message() + (remedy.empty() ? "" : "; " + remedy)});
    }
  };
  const auto each = [&](const char* key, const std::vector<std::string>& values,
                        std::vector<std::string> model::ContainerSpec::*member) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      model::ContainerSpec part;
      part.*member = {values[i]};
      check(std::string{key} + "[" + std::to_string(i) + "]", part);
    }
  };
  each("cap_add", service.cap_add, &model::ContainerSpec::cap_add);
  each("cap_drop", service.cap_drop, &model::ContainerSpec::cap_drop);
  each("security_opt", service.security_opt, &model::ContainerSpec::security_opt);
  for (const auto& [name, limit] : service.ulimits) {
    model::ContainerSpec part;
    part.ulimits[name] = {limit.soft, limit.hard};
    check("ulimits." + name, part);
  }
  return found;
}

}  // namespace stack::service
