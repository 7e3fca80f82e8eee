#include "compose/plan/difference.h"

#include <algorithm>
#include <utility>

#include "base/model/anonymous_volume.h"
#include "compose/plan/shown_value.h"

namespace stack::compose {
namespace {

model::Labels own_labels(const model::ContainerSpec& spec) {
  model::Labels labels;
  for (const auto& [name, value] : spec.labels) {
    if (!name.starts_with("com.docker.compose.")) labels[name] = value;
  }
  return labels;
}

template <class T>
AttributeChange change(const char* path, const T& before, const T& after) {
  ShownPair pair = shown_pair(before, after);
  return {.path = path, .before = std::move(pair.before), .after = std::move(pair.after)};
}

// Nothing means the same as false.
void compare_init(std::optional<bool> before, std::optional<bool> after, std::vector<AttributeChange>& out) {
  if (before.value_or(false) != after.value_or(false))
    out.push_back(change("init", before.value_or(false), after.value_or(false)));
}

// Key by key.
template <class Map>
void compare_maps(const std::string& name, const Map& before, const Map& after, std::vector<AttributeChange>& out) {
  for (const auto& [key, value] : before) {
    const auto now = after.find(key);
    if (now == after.end()) {
      out.push_back({.path = name + "." + key, .kind = ChangeKind::removed, .before = shown_variable(key, value)});
    } else if (now->second != value) {
      out.push_back(
          {.path = name + "." + key, .before = shown_variable(key, value), .after = shown_variable(key, now->second)});
    }
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key))
      out.push_back({.path = name + "." + key, .kind = ChangeKind::added, .after = shown_variable(key, value)});
  }
}

// What a user connected it to later is no part of the project.
std::vector<model::Attachment> wanted_networks(const model::ContainerSpec& spec) {
  std::vector<model::Attachment> networks = spec.networks;
  std::erase_if(networks, [](const model::Attachment& each) { return each.by_command; });
  return networks;
}

std::vector<model::Mount> wanted_mounts(const model::ContainerSpec& spec) {
  std::vector<model::Mount> mounts = spec.mounts;
  std::erase_if(mounts, [](const model::Mount& each) { return model::is_anonymous(each); });
  return mounts;
}

// What a container has besides is what it got when it was made: names of anonymous volumes, its image's volumes, and what it took from
// others, which volumes_from tells.
bool mounts_differ(const model::ContainerSpec& before, const model::ContainerSpec& after) {
  const auto at = [](const std::vector<model::Mount>& mounts, const std::string& target) {
    return std::find_if(mounts.begin(), mounts.end(), [&](const auto& mount) { return mount.target == target; });
  };
  for (const model::Mount& now : after.mounts) {
    const auto was = at(before.mounts, now.target);
    if (was == before.mounts.end()) return true;
    model::Mount known = *was;
    if (now.source.empty() && model::is_anonymous(known)) known.source.clear();
    if (now.image_id.empty()) known.image_id.clear();
    known.source_identity = now.source_identity;
    known.long_form = now.long_form;  // only how it is read back
    if (!(known == now)) return true;
  }
  return std::any_of(before.mounts.begin(), before.mounts.end(), [&](const model::Mount& was) {
    return at(after.mounts, was.target) == after.mounts.end() && !model::is_anonymous(was) &&
           before.volumes_from.empty();
  });
}

}  // namespace

bool files_replaced(const model::ContainerSpec& before, const model::ContainerSpec& after) {
  return std::ranges::any_of(after.mounts, [&](const model::Mount& now) {
    return !now.source_identity.empty() && std::ranges::any_of(before.mounts, [&](const model::Mount& was) {
      return was.target == now.target && was.source == now.source && !was.source_identity.empty() &&
             was.source_identity != now.source_identity;
    });
  });
}

std::vector<AttributeChange> changed_attributes(const model::ContainerSpec& before, const model::ContainerSpec& after) {
  std::vector<AttributeChange> changes;
  const auto compare = [&](const char* name, const auto& member) {
    if (!(before.*member == after.*member)) changes.push_back(change(name, before.*member, after.*member));
  };
  using Spec = model::ContainerSpec;
  compare("image", &Spec::image);
  compare("entrypoint", &Spec::entrypoint);
  compare("command", &Spec::command);
  compare_maps("environment", before.environment, after.environment, changes);
  compare("user", &Spec::user);
  compare("group_add", &Spec::group_add);
  compare("working_dir", &Spec::working_dir);
  compare("hostname", &Spec::hostname);
  compare("domainname", &Spec::domainname);
  compare_maps("labels", own_labels(before), own_labels(after), changes);
  compare_maps("annotations", before.annotations, after.annotations, changes);
  compare("tty", &Spec::tty);
  compare("stdin_open", &Spec::stdin_open);
  compare_init(before.init, after.init, changes);
  compare("stop_signal", &Spec::stop_signal);
  compare("stop_grace_period", &Spec::stop_grace);
  if (mounts_differ(before, after)) changes.push_back(change("volumes", wanted_mounts(before), wanted_mounts(after)));
  if (before.files != after.files || files_replaced(before, after)) changes.push_back({.path = "configs and secrets"});
  compare("volumes_from", &Spec::volumes_from);
  compare("x-stack.socket", &Spec::api_scope);
  if (before.shm_size != after.shm_size)
    changes.push_back(change("shm_size", SizeValue{before.shm_size}, SizeValue{after.shm_size}));
  compare("read_only", &Spec::read_only);
  compare("network_mode", &Spec::network_mode);
  if (wanted_networks(before) != wanted_networks(after))
    changes.push_back(change("networks", wanted_networks(before), wanted_networks(after)));
  compare("ports", &Spec::ports);
  compare("expose", &Spec::expose);
  compare("dns", &Spec::dns);
  compare("dns_search", &Spec::dns_search);
  compare("dns_opt", &Spec::dns_options);
  compare("extra_hosts", &Spec::extra_hosts);
  compare("pid", &Spec::pid_mode);
  compare("ipc", &Spec::ipc_mode);
  compare("uts", &Spec::uts_mode);
  compare("cgroup", &Spec::cgroup_mode);
  compare("cgroup_parent", &Spec::cgroup_parent);
  compare("userns_mode", &Spec::userns_mode);
  compare("privileged", &Spec::privileged);
  compare("cap_add", &Spec::cap_add);
  compare("cap_drop", &Spec::cap_drop);
  compare("security_opt", &Spec::security_opt);
  compare_maps("sysctls", before.sysctls, after.sysctls, changes);
  compare("ulimits", &Spec::ulimits);
  compare("devices", &Spec::devices);
  compare("gpus and reserved devices", &Spec::device_requests);
  compare("device_cgroup_rules", &Spec::device_rules);
  compare_maps("storage_opt", before.storage_options, after.storage_options, changes);
  compare("resources", &Spec::resources);
  compare("restart", &Spec::restart);
  compare("healthcheck", &Spec::healthcheck);
  compare("logging", &Spec::log);
  return changes;
}

}  // namespace stack::compose
