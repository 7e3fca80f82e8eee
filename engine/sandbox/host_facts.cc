#include "engine/sandbox/host_facts.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mount_target.h"
#include "engine/sandbox/apparmor.h"

namespace stack::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDevicesMax = 4096;

bool add_node(const std::string& source, const std::string& target, const std::string& permissions, bool keep_owner,
              std::vector<DeviceNode>& out) {
  struct stat info {};
  if (::stat(source.c_str(), &info) != 0 || (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode))) return false;
  if (out.size() >= kDevicesMax) throw Error(ErrorKind::invalid, "more than 4096 devices for one container");
  DeviceNode node{source, target, S_ISBLK(info.st_mode), major(info.st_rdev), minor(info.st_rdev)};
  node.permissions = permissions;
  node.mode = info.st_mode & 0777;
  if (keep_owner) {
    node.uid = info.st_uid;
    node.gid = info.st_gid;
  }
  out.push_back(std::move(node));
  return true;
}

void add_folder(const fs::path& source, const fs::path& target, const std::string& permissions,
                std::vector<DeviceNode>& out) {
  std::error_code err;
  for (fs::recursive_directory_iterator at(source, fs::directory_options::skip_permission_denied, err), end;
       !err && at != end; at.increment(err)) {
    const std::string name = at->path().filename().string();
    // These have file systems of their own in a container.
    if (at->is_directory(err) && (name == "pts" || name == "shm" || name == "mqueue" || name == "fd")) {
      at.disable_recursion_pending();
      continue;
    }
    if (at->is_symlink(err) || name == "console" || name == "ptmx") continue;
    const fs::path below = at->path().lexically_relative(source);
    add_node(at->path().string(), (target / below).string(), permissions, true, out);
  }
}

std::vector<std::string> find_heat_folders() {
  std::vector<std::string> found;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator("/sys/devices/system/cpu", missing)) {
    fs::path folder = entry.path() / "thermal_throttle";
    if (entry.path().filename().string().starts_with("cpu") && fs::exists(folder, missing))
      found.push_back(folder.string());
  }
  std::ranges::sort(found);
  return found;
}

void add_given(const GivenDevice& device, std::vector<DeviceNode>& out) {
  if (device.numbers) {
    if (out.size() >= kDevicesMax) throw Error(ErrorKind::invalid, "more than 4096 devices for one container");
    out.push_back({device.source, device.target, device.numbers->block, device.numbers->major, device.numbers->minor});
    out.back().permissions = device.permissions;
  } else if (!add_node(device.source, device.target, device.permissions, false, out)) {
    throw Error(ErrorKind::invalid, "device " + device.source + " does not exist or is not a device");
  }
  DeviceNode& node = out.back();
  node.mode = device.mode.value_or(node.mode) & 0777;
  node.uid = device.uid.value_or(node.uid);
  node.gid = device.gid.value_or(node.gid);
}

void add_block_devices(const model::Resources& limits, HostFacts& facts) {
  struct Rule {
    const char* attribute;
    const std::vector<model::DeviceLimit>& limits;
  };
  for (const Rule& rule :
       {Rule{"weight_device", limits.device_weights}, Rule{"device_read_bps", limits.read_bytes},
        Rule{"device_write_bps", limits.write_bytes}, Rule{"device_read_iops", limits.read_operations},
        Rule{"device_write_iops", limits.write_operations}}) {
    for (const model::DeviceLimit& each : rule.limits) {
      struct stat info {};
      if (::stat(each.path.c_str(), &info) != 0 || !S_ISBLK(info.st_mode)) {
        throw Error(ErrorKind::invalid, std::string{rule.attribute} + ": " + each.path + " is not a block device")
            .about("blkio_config");
      }
      facts.block_devices[each.path] = std::to_string(major(info.st_rdev)) + ":" + std::to_string(minor(info.st_rdev));
    }
  }
}

}  // namespace

HostFacts gather_host_facts() {
  HostFacts facts;
  facts.cgroups = cgroup::detect_layout();
  if (facts.cgroups.mode == cgroup::Mode::v2) {
    facts.swap_accounting = true;
  } else if (const std::string* memory = facts.cgroups.find("memory")) {
    facts.swap_accounting = fs::exists(*memory + "/memory.memsw.limit_in_bytes");
  }
  if (const long online = ::sysconf(_SC_NPROCESSORS_ONLN); online > 0) facts.processors = static_cast<unsigned>(online);
  facts.heat_folders = find_heat_folders();
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) facts.files_hard = files.rlim_max;
  facts.apparmor = has_apparmor({});
  if (const auto last = read_file("/proc/sys/kernel/cap_last_cap", 64)) {
    facts.last_capability = static_cast<std::uint64_t>(std::atoi(last->c_str()));
  }
  if (const auto status = read_file("/proc/self/status", 65'536)) {
    constexpr std::string_view kKey = "CapBnd:\t";
    const std::size_t at = status->find(kKey);
    if (at != std::string::npos) {
      facts.own_capabilities = std::strtoull(status->c_str() + at + kKey.size(), nullptr, 16);
    }
  }
  return facts;
}

HostFacts gather_host_facts(const HostFacts& machine, const LaunchInput& input) {
  HostFacts facts = machine;
  facts.devices.clear();
  add_block_devices(input.spec.resources, facts);
  if (input.spec.privileged) add_folder("/dev", "/dev", "rwm", facts.devices);
  // A privileged container has all devices, so one that is not there takes nothing from it: Docker does not even look.
  for (std::size_t i = 0; i < input.spec.devices.size(); ++i) {
    const model::Device& device = input.spec.devices[i];
    const std::string attribute = "devices[" + std::to_string(i) + "]";
    const std::string target = clean_target(device.target.empty() ? device.source : device.target);
    const std::string permissions = device.permissions.empty() ? "rwm" : device.permissions;
    if (permissions.find_first_not_of("rwm") != std::string::npos) {
      throw Error(ErrorKind::invalid,
                  "device " + device.source + ": permissions \"" + permissions + "\" are not of rwm")
          .about(attribute);
    }
    if (fs::is_directory(device.source)) {
      const std::size_t before = facts.devices.size();
      add_folder(device.source, target, permissions, facts.devices);
      if (facts.devices.size() == before && !input.spec.privileged) {
        throw Error(ErrorKind::invalid, "device folder " + device.source + " has no devices").about(attribute);
      }
    } else if (!add_node(device.source, target, permissions, false, facts.devices) && !input.spec.privileged) {
      throw Error("error gathering device information while adding custom device \"" + device.source +
                  "\": " + (fs::exists(device.source) ? "not a device node" : "no such file or directory"))
          .about(attribute);
    }
  }
  for (const GivenDevice& device : input.given_devices) add_given(device, facts.devices);
  return facts;
}

}  // namespace stack::sandbox
