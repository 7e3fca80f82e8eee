#include "engine/core/device_edits.h"

#include <algorithm>
#include <charconv>

#include "base/mount_target.h"

namespace stack::core {

namespace {

// Nothing for a name, which only the container's files know.
std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc{} && end == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

// Whose a node is of which the file does not say it: the container's user's.
struct Owner {
  std::uint32_t uid = 0, gid = 0;
};
Owner owner_of(const sandbox::LaunchInput& input) {
  const std::string_view user = input.spec.user.empty() ? input.image.user : input.spec.user;
  const std::size_t colon = user.find(':');
  Owner owner;
  owner.uid = number_of(user.substr(0, colon)).value_or(0);
  if (colon != std::string_view::npos) owner.gid = number_of(user.substr(colon + 1)).value_or(0);
  return owner;
}

constexpr std::uint32_t kNodeMode = 0666;  // where the file says none: the container's rules of devices decide

}  // namespace

void apply_variables(const cdi::Edits& edits, sandbox::LaunchInput& input) {
  for (const std::string& variable : edits.environment) {
    const std::size_t equals = variable.find('=');
    input.spec.environment[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
}

void apply_edits(const cdi::Edits& edits, sandbox::LaunchInput& input) {
  apply_variables(edits, input);
  const Owner owner = owner_of(input);
  for (const cdi::Node& node : edits.nodes) {
    sandbox::GivenDevice device{node.host_path,
                                node.path,
                                node.permissions,
                                {},
                                node.mode.value_or(kNodeMode),
                                node.uid.value_or(owner.uid),
                                node.gid.value_or(owner.gid)};
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
