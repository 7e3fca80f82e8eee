#include "engine/service/machine_check.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include <unistd.h>

#include "base/error.h"
#include "base/model/sysctl.h"
#include "compose/plan/wanted_container.h"
#include "engine/cgroup/limits.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/sandbox/launch_stage.h"
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

// Whether the kernel can be asked for a setting before the container is there: not for those of interfaces, which the container
// alone has, and not for those that come with a module.
bool is_known_before(const std::string& path) {
  static constexpr std::array<std::string_view, 20> kModules{
      "net/netfilter/", "net/bridge/",    "net/sctp/",  "net/mptcp/", "net/mpls/", "net/rds/",   "net/tipc/",
      "net/x25/",       "net/smc/",       "net/vsock/", "net/can/",   "net/dccp/", "net/llc/",   "net/nf_conntrack",
      "net/ipv4/vs/",   "net/ipv4/ip_co", "net/ax25/",  "net/rose/",  "net/ipx/",  "net/netrom/"};
  if (std::ranges::any_of(kModules, [&](std::string_view module) { return path.starts_with(module); })) return false;
  return path.find("/netfilter/") == std::string::npos;
}

// Each interface has the settings of the one called default.
std::string of_any_interface(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  if (parts.size() > 4 && (parts[2] == "conf" || parts[2] == "neigh")) parts[3] = "default";
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : "/") + part;
  return joined;
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
  for (const auto& [name, value] : service.sysctls) {
    const std::string path = model::parse_sysctl(name).path;
    if (!is_known_before(path) || ::access(("/proc/sys/" + of_any_interface(path)).c_str(), F_OK) == 0) continue;
    found.push_back({"sysctls." + name,
                     whole_message(sandbox::launch_error(sandbox::Stage::sysctl, ENOENT, name + " to " + value))});
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
