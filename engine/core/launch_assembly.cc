#include "engine/core/launch_assembly.h"

#include <algorithm>
#include <array>

#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/core/engine_socket.h"
#include "engine/core/init_program.h"
#include "engine/core/injected_files.h"

namespace stack::core {

sandbox::LaunchInput assemble_launch(const model::Container& container, const Options& options,
                                     const LaunchParts& parts) {
  const model::ContainerSpec& spec = container.spec;
  sandbox::LaunchInput input;
  input.id = container.id;
  input.spec = spec;
  input.image = parts.image.config;
  input.layers = parts.layers;
  input.layers.push_back(options.skeleton().string());
  input.container_dir = options.container(container.id);
  input.socket_path = options.shim_socket(container.id);
  input.cgroup_path = options.cgroup() + "/" + container.id;
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    const model::Mount& mount = spec.mounts[i];
    if (mount.kind == model::MountKind::tmpfs) continue;
    if (mount.kind == model::MountKind::image) {
      std::vector<std::string> layers = parts.image_layers(mount.image_id);
      if (layers.empty())
        throw Error(ErrorKind::not_found, "the image " + mount.source + " of a mount does not exist any more");
      input.image_sources.push_back({i, std::move(layers)});
      continue;
    }
    std::string path = mount.kind == model::MountKind::bind ? bind_source(mount, spec, options) : mount.source;
    if (mount.kind == model::MountKind::volume) {
      const auto found = parts.volume_path(mount.source);
      if (!found) throw Error(ErrorKind::not_found, "volume " + mount.source + " does not exist");
      path = *found;
    }
    input.bind_sources.push_back({i, std::move(path)});
  }
  if (spec.init.value_or(false)) mount_init_program(options, input);
  input.own_network = spec.network_mode != "host" && !spec.network_mode.starts_with("container:");
  input.first_start = parts.first_start;
  input.network = parts.network;
  const model::Container& named = parts.network_owner != nullptr ? *parts.network_owner : container;
  const std::string hostname = effective_hostname(named, parts.host_name);
  input.spec.hostname = hostname;
  input.spec.domainname = named.spec.domainname;
  const std::string resolv_conf =
      parts.network.resolv_conf.empty() ? resolv_conf_of(spec, parts.host_resolv_conf) : parts.network.resolv_conf;
  input.files = injected_files(container, hostname, resolv_conf, parts.host_hosts);
  if (parts.network_owner != nullptr) {
    for (sandbox::InjectedFile& file : input.files) file.folder = options.container(named.id);
  }
  return input;
}

sandbox::LaunchInput assemble_exec(const model::Container& container, const model::ImageConfig& image,
                                   const model::Container& named) {
  const model::ContainerSpec& spec = container.spec;
  sandbox::LaunchInput input;
  input.id = container.id;
  input.image.user = image.user;
  input.image.env = image.env;
  input.image.working_dir = image.working_dir;
  input.spec.environment = spec.environment;
  input.spec.environment_order = spec.environment_order;
  input.spec.user = spec.user;
  input.spec.group_add = spec.group_add;
  input.spec.working_dir = spec.working_dir;
  input.spec.hostname = effective_hostname(named, read_host_name());
  input.spec.init = spec.init;
  input.spec.privileged = spec.privileged;
  input.spec.read_only = spec.read_only;
  input.spec.cap_add = spec.cap_add;
  input.spec.cap_drop = spec.cap_drop;
  input.spec.security_opt = spec.security_opt;
  input.spec.ulimits = spec.ulimits;
  input.spec.resources = spec.resources;
  return input;
}

void add_variables(const std::map<std::string, std::string>& variables, sandbox::LaunchInput& input) {
  for (const auto& [name, value] : variables) {
    const bool known = std::any_of(input.image.env.begin(), input.image.env.end(),
                                   [&](const std::string& own) { return own.starts_with(name + "="); });
    if (!known) input.spec.environment.emplace(name, value);
  }
}

std::string read_host_resolv_conf() { return read_file("/etc/resolv.conf").value_or(std::string{}); }

std::string read_host_hosts() { return read_file("/etc/hosts").value_or(std::string{}); }

std::string read_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

}  // namespace stack::core
