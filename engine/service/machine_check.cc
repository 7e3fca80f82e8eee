#include "engine/service/machine_check.h"

#include <optional>

#include <unistd.h>

#include "base/error.h"
#include "compose/admission/missing_parts.h"
#include "compose/plan/wanted_container.h"
#include "engine/cgroup/limits.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/sandbox/storage_options.h"

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

namespace {

class DeviceCheck {
 public:
  DeviceCheck(cdi::CurrentDevices& devices, std::vector<ServiceFault>& found) : devices_(devices), found_(found) {}

  void one(const std::string& attribute, const model::DeviceRequest& request) {
    try {
      (void)devices_.get().resolve({request});
    } catch (const Error& error) {
      found_.push_back({attribute, error.message() + "; " + error.remedy_text()});
    }
  }

 private:
  cdi::CurrentDevices& devices_;
  std::vector<ServiceFault>& found_;
};

void limits(const compose::Service& service, const sandbox::HostFacts& facts, std::vector<ServiceFault>& found) {
  sandbox::LaunchInput input;
  input.spec.resources = compose::container_spec({}, service, 1, {}, {}).resources;
  try {
    (void)sandbox::gather_host_facts(facts, input);
    (void)cgroup::limit_writes(input.spec.resources, facts.cgroups.mode, facts.swap_accounting);
  } catch (const Error& error) {
    if (error.attribute().empty()) return;  // what has none is told by the admission of values
    found.push_back(
        {error.attribute(), error.message() + (error.remedy_text().empty() ? "" : "; " + error.remedy_text())});
  }
}

std::string whole_message(const Error& error) {
  return error.message() + (error.remedy_text().empty() ? "" : "; " + error.remedy_text());
}

}  // namespace

std::vector<ServiceFault> start_faults(const compose::Service& service, const sandbox::HostFacts& facts) {
  std::vector<ServiceFault> found;
  for (std::size_t i = 0; i < service.devices.size(); ++i) {
    const compose::DeviceMapping& device = service.devices[i];
    if (compose::is_device_name(device)) continue;
    sandbox::LaunchInput input;
    input.spec.privileged = service.privileged;
    input.spec.devices = {{device.source, device.target, device.permissions.empty() ? "rwm" : device.permissions}};
    try {
      (void)sandbox::gather_host_facts(facts, input);
    } catch (const Error& error) {
      found.push_back({"devices[" + std::to_string(i) + "]", whole_message(error)});
    }
  }
  const auto exists = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
  for (const auto& part : compose::find_missing_parts(service, exists)) {
    const std::size_t at = part.path.find(".sysctls.");
    if (at != std::string::npos) found.push_back({part.path.substr(at + 1), part.message});
  }
  return found;
}

std::vector<ServiceFault> device_faults(const compose::Service& service, const sandbox::HostFacts& facts,
                                        cdi::CurrentDevices& devices, const std::string& engine_root) {
  std::vector<ServiceFault> found;
  DeviceCheck check{devices, found};
  const auto at = [](const char* key, std::size_t i) { return std::string{key} + "[" + std::to_string(i) + "]"; };
  for (std::size_t i = 0; i < service.devices.size(); ++i) {
    if (compose::is_device_name(service.devices[i]))
      check.one(at("devices", i), {.driver = "cdi", .device_ids = {service.devices[i].source}});
  }
  for (std::size_t i = 0; i < service.gpus.size(); ++i)
    check.one(at("gpus", i), compose::device_request(service.gpus[i], "gpu"));
  if (service.deploy && service.deploy->resources.reservations) {
    const auto& reserved = service.deploy->resources.reservations->devices;
    for (std::size_t i = 0; i < reserved.size(); ++i)
      check.one(at("deploy.resources.reservations.devices", i), compose::device_request(reserved[i], {}));
  }
  limits(service, facts, found);
  try {
    sandbox::check_storage_options(service.storage_opt, engine_root);
  } catch (const Error& error) {
    found.push_back({"storage_opt", error.message() + "; " + error.remedy_text()});
  }
  return found;
}

}  // namespace stack::service
