#include "compose/plan/difference.h"

namespace stack::compose {
namespace {

model::Labels own_labels(const model::ContainerSpec& spec) {
  model::Labels labels;
  for (const auto& [name, value] : spec.labels) {
    if (!name.starts_with("com.docker.compose.")) labels[name] = value;
  }
  return labels;
}

}  // namespace

std::vector<std::string> changed_attributes(const model::ContainerSpec& before, const model::ContainerSpec& after) {
  std::vector<std::string> names;
  const auto compare = [&](const char* name, const auto& member) {
    if (!(before.*member == after.*member)) names.emplace_back(name);
  };
  using Spec = model::ContainerSpec;
  compare("image", &Spec::image);
  compare("entrypoint", &Spec::entrypoint);
  compare("command", &Spec::command);
  compare("environment", &Spec::environment);
  compare("user", &Spec::user);
  compare("group_add", &Spec::group_add);
  compare("working_dir", &Spec::working_dir);
  compare("hostname", &Spec::hostname);
  compare("domainname", &Spec::domainname);
  if (own_labels(before) != own_labels(after)) names.emplace_back("labels");
  compare("annotations", &Spec::annotations);
  compare("tty", &Spec::tty);
  compare("stdin_open", &Spec::stdin_open);
  compare("init", &Spec::init);
  compare("stop_signal", &Spec::stop_signal);
  compare("stop_grace_period", &Spec::stop_grace);
  compare("volumes", &Spec::mounts);
  compare("configs and secrets", &Spec::files);
  compare("volumes_from", &Spec::volumes_from);
  compare("shm_size", &Spec::shm_size);
  compare("read_only", &Spec::read_only);
  compare("network_mode", &Spec::network_mode);
  compare("networks", &Spec::networks);
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
  compare("sysctls", &Spec::sysctls);
  compare("ulimits", &Spec::ulimits);
  compare("devices", &Spec::devices);
  compare("device_cgroup_rules", &Spec::device_rules);
  compare("resources", &Spec::resources);
  compare("restart", &Spec::restart);
  compare("healthcheck", &Spec::healthcheck);
  compare("logging", &Spec::log);
  return names;
}

}  // namespace stack::compose
