#include <algorithm>
#include <regex>

#include "base/split.h"
#include "cli/commands/creation_parts_json.h"
#include "cli/commands/flag_error.h"
#include "cli/commands/flag_values.h"

namespace stack::cli {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

bool is_rights(const std::string& text) { return !text.empty() && text.find_first_not_of("rwm") == std::string::npos; }

// "vendor.com/class=name", a device that a file of the Container Device Interface describes.
bool is_described(const std::string& text) {
  const std::size_t slash = text.find('/'), equals = text.find('=');
  return !text.starts_with('/') && slash != std::string::npos && equals != std::string::npos && slash < equals;
}

json device(const std::string& text) {
  const Words parts = split(text, ':');
  if (parts.size() > 3) throw Error(ErrorKind::invalid, "invalid device specification: " + text);
  json mapping{{"PathOnHost", parts.front()}, {"PathInContainer", parts.front()}, {"CgroupPermissions", "rwm"}};
  if (parts.front().empty()) throw Error(ErrorKind::invalid, "bad format for path: " + text);
  if (parts.size() == 1 && !text.starts_with('/')) throw Error(ErrorKind::invalid, text + " is not an absolute path");
  if (parts.size() == 2 && is_rights(parts[1])) {
    mapping["CgroupPermissions"] = parts[1];
  } else if (parts.size() > 1) {
    if (!parts[1].starts_with('/')) throw Error(ErrorKind::invalid, parts[1] + " is not an absolute path");
    mapping["PathInContainer"] = parts[1];
  }
  if (parts.size() == 3) {
    if (!is_rights(parts[2])) throw Error(ErrorKind::invalid, "bad mode specified: " + parts[2]);
    mapping["CgroupPermissions"] = parts[2];
  }
  return mapping;
}

json gpu_request(const std::string& text) {
  json request{{"Capabilities", json::array({{"gpu"}})}};
  const auto count = [&](const std::string& value) {
    request["Count"] = value == "all" ? -1 : integer_of_flag("gpus", value);
  };
  for (const Field& field : fields_of_flag("gpus", text)) {
    if (!field.assigned) {
      count(field.key);
    } else if (field.key == "count") {
      count(field.value);
    } else if (field.key == "device") {
      request["DeviceIDs"] = split(field.value, ',');
    } else if (field.key == "driver") {
      request["Driver"] = field.value;
    } else if (field.key == "capabilities") {
      Words all = split(field.value, ',');
      if (std::find(all.begin(), all.end(), "gpu") == all.end()) all.emplace_back("gpu");
      request["Capabilities"] = json::array({all});
    } else {
      throw FlagError("gpus", text, "unexpected key '" + field.key + "' in '" + field.key + "=" + field.value + "'");
    }
  }
  if (!request.contains("Count") && !request.contains("DeviceIDs")) request["Count"] = 1;
  return request;
}

// "/dev/sda:1mb", a limit of one device. `bytes`: the number is a size.
void add_limits(json& host, const char* member, const char* flag, const Words& words, bool bytes) {
  const char* value_name = member == std::string_view{"BlkioWeightDevice"} ? "Weight" : "Rate";
  for (const std::string& word : words) {
    const std::size_t colon = word.rfind(':');
    if (colon == std::string::npos) throw FlagError(flag, word, "bad format: " + word);
    const std::string path = word.substr(0, colon), value = word.substr(colon + 1);
    if (!path.starts_with("/dev/")) throw FlagError(flag, word, "bad format for device path: " + word);
    host[member].push_back(
        {{"Path", path}, {value_name, bytes ? bytes_of_flag(flag, value) : integer_of_flag(flag, value)}});
  }
}

}  // namespace

void add_devices(const ContainerFlags& f, json& host) {
  Words described;
  for (const std::string& text : f.devices) {
    if (is_described(text)) {
      described.push_back(text);
    } else {
      host["Devices"].push_back(device(text));
    }
  }
  if (!described.empty()) host["DeviceRequests"].push_back({{"Driver", "cdi"}, {"DeviceIDs", described}});
  for (const std::string& text : f.gpus) host["DeviceRequests"].push_back(gpu_request(text));
  for (const std::string& rule : f.device_cgroup_rules) {
    static const std::regex kRule{R"([acb] ([0-9]+|\*):([0-9]+|\*) [rwm]{1,3})"};
    if (!std::regex_match(rule, kRule))
      throw FlagError("device-cgroup-rule", rule, "invalid device cgroup format '" + rule + "'");
  }
  if (!f.device_cgroup_rules.empty()) host["DeviceCgroupRules"] = f.device_cgroup_rules;
  add_limits(host, "BlkioWeightDevice", "blkio-weight-device", f.blkio_weight_devices, false);
  add_limits(host, "BlkioDeviceReadBps", "device-read-bps", f.device_read_bps, true);
  add_limits(host, "BlkioDeviceWriteBps", "device-write-bps", f.device_write_bps, true);
  add_limits(host, "BlkioDeviceReadIOps", "device-read-iops", f.device_read_iops, false);
  add_limits(host, "BlkioDeviceWriteIOps", "device-write-iops", f.device_write_iops, false);
}

}  // namespace stack::cli
