#include "engine/core/device_edits.h"

#include <algorithm>

#include "base/mount_target.h"

namespace stack::core {

void apply_variables(const cdi::Edits& edits, sandbox::LaunchInput& input) {
  for (const std::string& variable : edits.environment) {
    const std::size_t equals = variable.find('=');
    input.spec.environment[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
}

void apply_edits(const cdi::Edits& edits, sandbox::LaunchInput& input) {
  apply_variables(edits, input);
  for (const cdi::Node& node : edits.nodes) {
    sandbox::GivenDevice device{node.host_path, node.path, node.permissions, {}, node.mode, node.uid, node.gid};
    if (node.numbers) device.numbers = {node.numbers->block, node.numbers->major, node.numbers->minor};
    input.given_devices.push_back(std::move(device));
  }
  std::vector<model::Mount>& mounts = input.spec.mounts;
  for (const cdi::Mount& mount : edits.mounts) {
    const std::string target = clean_target(mount.target);
    const bool taken = std::any_of(mounts.begin(), mounts.end(),
                                   [&](const model::Mount& each) { return clean_target(each.target) == target; });
    if (taken) continue;
    input.bind_sources.push_back({mounts.size(), mount.host_path, mount.no_suid, mount.no_dev, mount.no_exec});
    mounts.push_back({.kind = model::MountKind::bind,
                      .source = mount.host_path,
                      .target = target,
                      .read_only = mount.read_only,
                      .create_host_path = false,
                      .propagation = mount.propagation});
  }
  for (const std::string& group : edits.groups) input.spec.group_add.push_back(group);
}

}  // namespace stack::core
