#include <algorithm>
#include <sstream>

#include "base/suggest.h"
#include "base/truth.h"
#include "compose/admission/capability_names.h"
#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"

namespace stack::compose {
namespace {

void check_names(const char* list, const Strings& names, ServiceReport& report) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string name = names[i];
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    if (name.starts_with("CAP_")) name.erase(0, 4);
    if (name == "ALL" || std::ranges::find(kCapabilityNames, name) != kCapabilityNames.end()) continue;
    const std::string near = did_you_mean(name, {kCapabilityNames.begin(), kCapabilityNames.end()});
    report.refuse(item_of(list, i), "there is no capability \"" + names[i] + "\"; " +
                                        (near.empty() ? "write one such as NET_ADMIN, or ALL" : near));
  }
}

void check_security_options(const Strings& options, ServiceReport& report) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string& option = options[i];
    const auto cut = std::min(option.find_first_of("=:"), option.size());
    const std::string key = option.substr(0, cut);
    const std::string value = cut == option.size() ? "" : option.substr(cut + 1);
    const std::string at = item_of("security_opt", i);
    if (key == "no-new-privileges") {
      if (!value.empty() && !parse_truth(value))
        report.refuse(at, "no-new-privileges is true or false, not \"" + value + "\"");
    } else if (key == "seccomp") {
      if (value.empty()) report.refuse(at, "write seccomp=FILE, with a profile in JSON, or seccomp=unconfined");
    } else if (key == "systempaths") {
      if (value != "unconfined") report.refuse(at, "write systempaths=unconfined, or leave it out");
    } else if (key == "apparmor") {
      if (value.empty()) report.refuse(at, "write apparmor=PROFILE or apparmor=unconfined");
    } else if (key == "writable-cgroups") {
      if (!parse_truth(value)) report.refuse(at, "write writable-cgroups=true or writable-cgroups=false");
    } else if (key != "label") {
      report.refuse(at,
                    "there is no security option \"" + option +
                        "\"; known are no-new-privileges, seccomp, apparmor, systempaths, writable-cgroups and label");
    }
  }
}

bool is_access(std::string_view text) {
  return !text.empty() && text.find_first_not_of("rwm") == std::string_view::npos;
}

void check_devices(const Service& service, ServiceReport& report) {
  for (std::size_t i = 0; i < service.devices.size(); ++i) {
    const DeviceMapping& device = service.devices[i];
    const std::string at = item_of("devices", i);
    if (!device.permissions.empty() && !is_access(device.permissions)) {
      report.refuse(at,
                    "\"" + device.permissions +
                        "\" is not an access mode of a device; write r, w and m (read, write, mknod), or leave it out");
    }
    if (!device.source.starts_with('/') && device.source.find('=') == std::string::npos)
      report.refuse(at,
                    "\"" + device.source + "\" is not an absolute path of a device; write one such as /dev/ttyUSB0");
    if (!device.target.empty() && !device.target.starts_with('/') && device.source.starts_with('/'))
      report.refuse(at, "\"" + device.target + "\" is not an absolute path in the container");
  }
}

// "c 1:3 rwm", "b 7:* r"
bool is_device_rule(const std::string& text) {
  std::istringstream words{text};
  std::string type, numbers, access, more;
  if (!(words >> type >> numbers >> access) || words >> more) return false;
  const auto colon = numbers.find(':');
  const auto is_number = [](std::string_view part) {
    return part == "*" || whole_number(part, 0xFFFFFFFF).has_value();
  };
  return (type == "a" || type == "b" || type == "c") && colon != std::string::npos &&
         is_number(std::string_view{numbers}.substr(0, colon)) &&
         is_number(std::string_view{numbers}.substr(colon + 1)) && is_access(access);
}

}  // namespace

void check_capabilities(const Service& service, ServiceReport& report) {
  check_names("cap_add", service.cap_add, report);
  check_names("cap_drop", service.cap_drop, report);
  check_security_options(service.security_opt, report);
  check_devices(service, report);
  for (std::size_t i = 0; i < service.device_cgroup_rules.size(); ++i) {
    if (is_device_rule(service.device_cgroup_rules[i])) continue;
    report.refuse(
        item_of("device_cgroup_rules", i),
        "\"" + service.device_cgroup_rules[i] + "\" is not a rule for devices; write one such as \"c 189:* rwm\"");
  }
}

}  // namespace stack::compose
