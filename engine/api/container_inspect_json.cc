#include <algorithm>
#include <set>

#include "base/ids.h"
#include "base/letter_case.h"
#include "base/model/anonymous_volume.h"
#include "base/model/container_text.h"
#include "base/model/effective_config.h"
#include "base/model/masked_paths.h"
#include "base/model/model_words.h"
#include "base/moment.h"
#include "engine/api/container_json.h"
#include "engine/api/container_parts_json.h"
#include "engine/api/endpoint_id.h"
#include "engine/api/json_text.h"

namespace stack::api {
namespace {

using Words = std::vector<std::string>;

constexpr std::int64_t kShmBytes = std::int64_t{64} << 20;

std::string time_or_zero(const std::optional<Wall>& time) {
  return time ? rfc3339_nanos(*time) : "0001-01-01T00:00:00Z";
}

// A set, as Docker writes it: names of empty objects.
void write_set(JsonText& to, const std::set<std::string>& names) {
  to.object([&] {
    for (const std::string& name : names) to.object(name, [] {});
  });
}

void write_health(JsonText& to, const model::ContainerState& state) {
  // Nobody serves where nothing runs, whatever the last probe said.
  const bool serves = state.status == model::Status::running;
  to.object("Health", [&] {
    to.member("Status", to_word(serves ? state.health : model::Health::unhealthy));
    to.member("FailingStreak", state.failing_streak);
    to.array("Log", [&] {
      for (const model::ProbeResult& probe : state.probes) {
        to.object([&] {
          to.member("Start", rfc3339_nanos(probe.started));
          to.member("End", rfc3339_nanos(probe.ended));
          to.member("ExitCode", probe.exit_code);
          to.member("Output", probe.output);
        });
      }
    });
  });
}

void write_state(JsonText& to, const model::ContainerState& state) {
  using model::Status;
  to.object("State", [&] {
    to.member("Status", to_word(state.status));
    to.member("Running", model::is_alive(state));
    to.member("Paused", state.status == Status::paused);
    to.member("Restarting", state.status == Status::restarting);
    to.member("OOMKilled", state.oom_killed);
    to.member("Dead", state.status == Status::dead);
    to.member("Pid", state.pid);
    to.member("ExitCode", state.exit_code);
    to.member("Error", state.error);
    to.member("StartedAt", time_or_zero(state.started));
    to.member("FinishedAt", time_or_zero(state.finished));
    if (state.health != model::Health::none || !state.probes.empty()) write_health(to, state);
  });
}

void write_healthcheck(JsonText& to, const model::Healthcheck& check) {
  const auto time = [&](const char* name, const std::optional<Nanos>& nanos) {
    if (nanos) to.member(name, nanos->count());
  };
  to.object("Healthcheck", [&] {
    if (!check.test.empty()) to.member("Test", check.test);
    time("Interval", check.interval);
    time("Timeout", check.timeout);
    time("StartPeriod", check.start_period);
    time("StartInterval", check.start_interval);
    if (check.retries) to.member("Retries", *check.retries);
  });
}

std::string host_name_of(const ContainerDetails& view) {
  const model::ContainerSpec& spec = view.container->spec;
  if (!spec.hostname.empty()) return spec.hostname;
  if (spec.network_mode == "host" || spec.uts_mode == "host") return view.host_name;
  return std::string{short_id(view.container->id)};
}

// The address of the network that it was created on.
std::string mac_address_of(const model::ContainerSpec& spec) {
  const std::string mode = network_mode_of(spec);
  for (const model::Attachment& attachment : spec.networks) {
    if (attachment.network == mode) return attachment.mac_address;
  }
  return "";
}

void write_config(JsonText& to, const ContainerDetails& view) {
  static const model::ImageConfig kGone;
  const model::ContainerSpec& spec = view.container->spec;
  const model::ImageConfig& image = view.image ? view.image->config : kGone;
  const model::ImageConfig config = model::config_of(*view.container, image);
  std::set<std::string> volumes(config.volumes.begin(), config.volumes.end());
  for (const model::Mount& mount : spec.mounts) {
    if (mount.declared) volumes.insert(mount.target);
  }
  // The image may be gone.
  std::set<std::string> exposed(config.exposed_ports.begin(), config.exposed_ports.end());
  exposed.insert(view.container->exposed.begin(), view.container->exposed.end());
  to.object("Config", [&] {
    to.member("Hostname", host_name_of(view));
    to.member("Domainname", spec.domainname);
    to.member("User", config.user);
    to.member("AttachStdin", spec.attach_stdin);
    to.member("AttachStdout", spec.attach_stdout);
    to.member("AttachStderr", spec.attach_stderr);
    if (!exposed.empty()) {
      to.name("ExposedPorts");
      write_set(to, exposed);
    }
    to.member("Tty", spec.tty);
    to.member("OpenStdin", spec.stdin_open);
    to.member("StdinOnce", spec.stdin_once);
    to.member("Env", config.env);
    to.filled_member("Cmd", config.command);
    if (config.healthcheck) write_healthcheck(to, *config.healthcheck);
    to.member("Image", spec.image);
    to.name("Volumes");
    if (volumes.empty()) {
      to.value(nullptr);
    } else {
      write_set(to, volumes);
    }
    to.member("WorkingDir", config.working_dir);
    to.filled_member("Entrypoint", config.entrypoint);
    if (spec.network_disabled) to.member("NetworkDisabled", true);
    if (const std::string mac = mac_address_of(spec); !mac.empty()) to.member("MacAddress", mac);
    to.filled_member("OnBuild", image.on_build);
    to.member("Labels", config.labels);
    if (!config.stop_signal.empty()) to.member("StopSignal", config.stop_signal);
    if (spec.stop_grace)
      to.member("StopTimeout", std::chrono::duration_cast<std::chrono::seconds>(*spec.stop_grace).count());
  });
}

Words binds_of(const model::ContainerSpec& spec) {
  Words binds;
  for (const model::Mount& mount : spec.mounts) {
    const bool other = mount.kind == model::MountKind::tmpfs || mount.kind == model::MountKind::image;
    if (other || mount.source.empty() || mount.long_form || mount.declared) continue;
    const std::string mode = mount.mode.value_or(mount.read_only ? "ro" : "rw");
    binds.push_back(mount.source + ":" + mount.target + (mode.empty() ? "" : ":" + mode));
  }
  return binds;
}

// "name:address", as clients write it.
Words extra_hosts_of(const model::ContainerSpec& spec) {
  Words hosts = spec.extra_hosts;
  for (std::string& entry : hosts) {
    if (const std::size_t equals = entry.find('='); equals != std::string::npos) entry[equals] = ':';
  }
  return hosts;
}

// "/db:/web/database", of the default bridge alone; those of other networks stand with their endpoints.
Words links_of(const model::ContainerSpec& spec) {
  Words links;
  if (spec.networks.empty() || spec.networks.front().network != "bridge") return links;
  for (const auto& [alias, name] : spec.networks.front().links)
    links.push_back("/" + name + ":/" + spec.name + "/" + alias);
  return links;
}

const char* options_name(model::MountKind kind) {
  switch (kind) {
    case model::MountKind::bind:
      return "BindOptions";
    case model::MountKind::volume:
      return "VolumeOptions";
    case model::MountKind::tmpfs:
      return "TmpfsOptions";
    case model::MountKind::image:
      return "ImageOptions";
  }
  return "";
}

void write_limits(JsonText& to, const char* name, const std::vector<model::DeviceLimit>& limits, const char* member) {
  to.array(name, [&] {
    for (const model::DeviceLimit& each : limits) {
      to.object([&] {
        to.member("Path", each.path);
        to.member(member, each.value);
      });
    }
  });
}

void write_device_requests(JsonText& to, const std::vector<model::DeviceRequest>& requests) {
  if (requests.empty()) return to.member("DeviceRequests", nullptr);
  to.array("DeviceRequests", [&] {
    for (const model::DeviceRequest& each : requests) {
      to.object([&] {
        to.member("Driver", each.driver);
        to.member("Count", each.count);
        to.filled_member("DeviceIDs", each.device_ids);
        to.filled_member("Capabilities", each.capabilities);
        to.filled_member("Options", each.options);
      });
    }
  });
}

bool has_options(const model::Mount& mount) {
  return !mount.propagation.empty() || (mount.kind == model::MountKind::bind && mount.create_host_path) ||
         mount.sub_mounts == model::SubMounts::none || mount.sub_mounts == model::SubMounts::writable ||
         !mount.volume_labels.empty() || mount.no_copy || !mount.subpath.empty() || mount.tmpfs_size != 0 ||
         mount.tmpfs_mode != 0;
}

void write_mount_object(JsonText& to, const model::Mount& mount) {
  to.object([&] {
    to.member("Type", to_word(mount.kind));
    if (!mount.source.empty() && !model::is_anonymous(mount)) to.member("Source", mount.source);
    to.member("Target", mount.target);
    if (mount.read_only && mount.kind != model::MountKind::image) to.member("ReadOnly", true);
    if (!has_options(mount)) return;
    to.object(options_name(mount.kind), [&] {
      if (!mount.propagation.empty()) to.member("Propagation", mount.propagation);
      if (mount.kind == model::MountKind::bind && mount.create_host_path) to.member("CreateMountpoint", true);
      if (mount.sub_mounts == model::SubMounts::none) to.member("NonRecursive", true);
      if (mount.sub_mounts == model::SubMounts::writable) to.member("ReadOnlyNonRecursive", true);
      if (!mount.volume_labels.empty()) to.member("Labels", mount.volume_labels);
      if (mount.no_copy) to.member("NoCopy", true);
      if (!mount.subpath.empty()) to.member("Subpath", mount.subpath);
      if (mount.tmpfs_size != 0) to.member("SizeBytes", mount.tmpfs_size);
      if (mount.tmpfs_mode != 0) to.member("Mode", mount.tmpfs_mode);
    });
  });
}

void write_mount_objects(JsonText& to, const model::ContainerSpec& spec) {
  if (std::ranges::none_of(spec.mounts, [](const model::Mount& mount) { return mount.long_form; })) return;
  to.array("Mounts", [&] {
    for (const model::Mount& mount : spec.mounts) {
      if (mount.long_form) write_mount_object(to, mount);
    }
  });
}

void write_tmpfs(JsonText& to, const model::ContainerSpec& spec) {
  std::map<std::string, std::string> options;
  for (const model::Mount& mount : spec.mounts) {
    if (mount.kind == model::MountKind::tmpfs && !mount.long_form) options[mount.target] = mount.tmpfs_options;
  }
  if (!options.empty()) to.member("Tmpfs", options);
}

// Addresses and ports of the host, by what they lead to: "80/tcp".
using HostPorts = std::map<std::string, std::vector<std::pair<std::string, std::string>>>;

// A port that leads nowhere has null.
void write_host_ports(JsonText& to, const char* name, const HostPorts& ports) {
  to.object(name, [&] {
    for (const auto& [port, hosts] : ports) {
      if (hosts.empty()) {
        to.member(port, nullptr);
        continue;
      }
      to.array(port, [&, &hosts = hosts] {
        for (const auto& [address, number] : hosts) {
          to.object([&, &address = address, &number = number] {
            to.member("HostIp", address);
            to.member("HostPort", number);
          });
        }
      });
    }
  });
}

HostPorts wanted_ports(const model::ContainerSpec& spec) {
  HostPorts ports;
  for (const model::PublishedPort& port : spec.ports) {
    if (spec.publish_all && port.host_first == 0 && port.host_ip.empty()) continue;
    std::string host;
    if (port.host_first != 0) {
      host = std::to_string(port.host_first);
      if (port.host_last != port.host_first) host += "-" + std::to_string(port.host_last);
    }
    ports[std::to_string(port.container_port) + "/" + std::string{to_word(port.protocol)}].emplace_back(port.host_ip,
                                                                                                        host);
  }
  return ports;
}

HostPorts published_ports(const model::Container& container) {
  HostPorts ports;
  for (const model::PortBinding& port : model::offered_ports(container)) {
    auto& hosts = ports[port_key(port)];
    if (port.host_port != 0) hosts.emplace_back(port.host_ip, std::to_string(port.host_port));
  }
  return ports;
}

void write_ulimits(JsonText& to, const model::ContainerSpec& spec) {
  to.array("Ulimits", [&] {
    for (const auto& [name, limit] : spec.ulimits) {
      to.object([&, &name = name, &limit = limit] {
        to.member("Name", name);
        to.member("Hard", limit.hard);
        to.member("Soft", limit.soft);
      });
    }
  });
}

void write_devices(JsonText& to, const model::ContainerSpec& spec) {
  to.array("Devices", [&] {
    for (const model::Device& device : spec.devices) {
      to.object([&] {
        to.member("PathOnHost", device.source);
        to.member("PathInContainer", device.target);
        to.member("CgroupPermissions", device.permissions);
      });
    }
  });
}

void write_resources(JsonText& to, const model::ContainerSpec& spec) {
  const model::Resources& r = spec.resources;
  const auto unless = [](auto value, auto none) { return value == none ? std::nullopt : std::optional{value}; };
  to.member("CpuShares", r.cpu_shares);
  to.member("Memory", r.memory_max);
  to.member("NanoCpus", r.nano_cpus);
  to.member("CgroupParent", spec.cgroup_parent);
  to.member("BlkioWeight", r.block_weight);
  write_limits(to, "BlkioWeightDevice", r.device_weights, "Weight");
  write_limits(to, "BlkioDeviceReadBps", r.read_bytes, "Rate");
  write_limits(to, "BlkioDeviceWriteBps", r.write_bytes, "Rate");
  write_limits(to, "BlkioDeviceReadIOps", r.read_operations, "Rate");
  write_limits(to, "BlkioDeviceWriteIOps", r.write_operations, "Rate");
  to.member("CpuPeriod", r.cpu_period_us);
  to.member("CpuQuota", r.cpu_quota_us);
  to.member("CpuRealtimePeriod", r.realtime_period_us);
  to.member("CpuRealtimeRuntime", r.realtime_runtime_us);
  to.member("CpusetCpus", r.cpuset);
  to.member("CpusetMems", r.memory_nodes);
  write_devices(to, spec);
  to.filled_member("DeviceCgroupRules", spec.device_rules);
  write_device_requests(to, spec.device_requests);
  to.member("MemoryReservation", r.memory_low);
  // Docker gives as much swap as memory where nothing is said.
  to.member("MemorySwap", r.memory_swap != 0 ? r.memory_swap : 2 * r.memory_max);
  to.member("MemorySwappiness", unless(r.memory_swappiness, decltype(r.memory_swappiness){-1}));
  to.member("OomKillDisable", r.oom_kill_disable);
  to.member("PidsLimit", unless(r.pids_max, decltype(r.pids_max){0}));
  write_ulimits(to, spec);
  to.member("CpuCount", 0);
  to.member("CpuPercent", 0);
  to.member("IOMaximumIOps", 0);
  to.member("IOMaximumBandwidth", 0);
  to.member("OomScoreAdj", r.oom_score_adj);
}

// Of AppArmor, as the container was made with; both forms are accepted.
std::string profile_of(const model::ContainerSpec& spec) {
  for (const std::string& option : spec.security_opt) {
    if (option.starts_with("apparmor=") || option.starts_with("apparmor:")) return option.substr(9);
  }
  return "";
}

// Clients say it by empty lists of paths, and read it back so.
constexpr std::string_view kUnmasked = "systempaths=unconfined";

void write_security(JsonText& to, const model::ContainerSpec& spec) {
  Words options = spec.security_opt;
  const bool unmasked = std::erase(options, kUnmasked) > 0;
  const auto paths = [&](const char* name, const auto& all) {
    if (spec.privileged) return to.member(name, nullptr);
    to.array(name, [&] {
      if (unmasked) return;
      for (const auto& each : all) to.value(each);
    });
  };
  to.filled_member("SecurityOpt", options);
  paths("MaskedPaths", model::kMaskedPaths);
  paths("ReadonlyPaths", model::kReadOnlyPaths);
}

void write_host_config(JsonText& to, const ContainerDetails& view) {
  const model::ContainerSpec& spec = view.container->spec;
  to.object("HostConfig", [&] {
    to.filled_member("Binds", binds_of(spec));
    to.member("ContainerIDFile", "");
    to.object("LogConfig", [&] {
      to.member("Type", spec.log.driver);
      to.member("Config", spec.log.options);
    });
    to.member("NetworkMode", network_mode_of(spec));
    write_host_ports(to, "PortBindings", wanted_ports(spec));
    to.object("RestartPolicy", [&] {
      to.member("Name", to_word(spec.restart.kind));
      to.member("MaximumRetryCount", spec.restart.max_attempts);
    });
    to.member("AutoRemove", spec.auto_remove);
    to.member("VolumeDriver", "");
    to.filled_member("VolumesFrom", spec.volumes_from);
    to.array("ConsoleSize", [&] {
      to.value(spec.terminal_rows);
      to.value(spec.terminal_columns);
    });
    if (!spec.annotations.empty()) to.member("Annotations", spec.annotations);
    to.filled_member("CapAdd", spec.cap_add);
    to.filled_member("CapDrop", spec.cap_drop);
    to.member("CgroupnsMode", spec.cgroup_mode.empty() ? "private" : spec.cgroup_mode);
    to.member("Dns", spec.dns);
    to.member("DnsOptions", spec.dns_options);
    to.member("DnsSearch", spec.dns_search);
    to.filled_member("ExtraHosts", extra_hosts_of(spec));
    to.filled_member("GroupAdd", spec.group_add);
    to.member("IpcMode", spec.ipc_mode.empty() ? "private" : spec.ipc_mode);
    to.member("Cgroup", "");
    to.filled_member("Links", links_of(spec));
    to.member("PidMode", spec.pid_mode);
    to.member("Privileged", spec.privileged);
    to.member("PublishAllPorts", spec.publish_all);
    to.member("ReadonlyRootfs", spec.read_only);
    write_security(to, spec);
    if (!spec.storage_options.empty()) to.member("StorageOpt", spec.storage_options);
    write_tmpfs(to, spec);
    to.member("UTSMode", spec.uts_mode);
    to.member("UsernsMode", spec.userns_mode);
    to.member("ShmSize", spec.shm_size == 0 ? kShmBytes : spec.shm_size);
    if (!spec.sysctls.empty()) to.member("Sysctls", spec.sysctls);
    to.member("Runtime", "runc");
    to.member("Isolation", "");
    write_resources(to, spec);
    write_mount_objects(to, spec);
    if (spec.init) to.member("Init", *spec.init);
  });
}

void write_network_settings(JsonText& to, const ContainerView& view) {
  static const model::Endpoint kNoEndpoint;
  const model::Container& container = *view.container;
  const auto& endpoints = container.state.endpoints;
  const auto bridge = std::ranges::find(endpoints, "bridge", &model::Endpoint::network);
  const model::Endpoint& flat = bridge == endpoints.end() ? kNoEndpoint : *bridge;
  const pid_t pid = container.state.pid;
  to.object("NetworkSettings", [&] {
    to.member("Bridge", "");
    to.member("SandboxID", model::is_alive(container.state) ? container.id : "");
    to.member("SandboxKey", pid == 0 ? "" : "/proc/" + std::to_string(pid) + "/ns/net");
    write_host_ports(to, "Ports", published_ports(container));
    to.member("HairpinMode", false);
    to.member("LinkLocalIPv6Address", "");
    to.member("LinkLocalIPv6PrefixLen", 0);
    to.member("SecondaryIPAddresses", nullptr);
    to.member("SecondaryIPv6Addresses", nullptr);
    to.member("EndpointID", endpoint_id(container.id, flat.network_id));
    to.member("Gateway", flat.gateway);
    to.member("GlobalIPv6Address", flat.ipv6);
    to.member("GlobalIPv6PrefixLen", flat.ipv6_prefix_length);
    to.member("IPAddress", flat.ipv4);
    to.member("IPPrefixLen", flat.prefix_length);
    to.member("IPv6Gateway", flat.ipv6_gateway);
    to.member("MacAddress", flat.mac);
    to.name("Networks");
    write_networks(to, view, true);
  });
}

void write_graph(JsonText& to, const ContainerDetails& view) {
  std::string lower;
  for (const std::string& layer : view.layers) lower += (lower.empty() ? "" : ":") + layer;
  to.object("GraphDriver", [&] {
    to.object("Data", [&] {
      to.member("ID", view.container->id);
      to.member("LowerDir", lower);
      to.member("MergedDir", view.folder + "/root");
      to.member("UpperDir", view.folder + "/upper");
      to.member("WorkDir", view.folder + "/work");
    });
    to.member("Name", "overlay2");
  });
}

}  // namespace

std::string container_inspect_json(const ContainerDetails& view) {
  const model::Container& container = *view.container;
  const Words& command = container.command;
  JsonText to;
  to.object([&] {
    to.member("Id", container.id);
    to.member("Created", rfc3339_nanos(container.created));
    to.member("Path", command.empty() ? "" : command.front());
    to.array("Args", [&] {
      for (std::size_t i = 1; i < command.size(); ++i) to.value(command[i]);
    });
    write_state(to, container.state);
    to.member("Image", container.spec.image_id);
    to.member("ResolvConfPath", view.folder + "/resolv.conf");
    to.member("HostnamePath", view.folder + "/hostname");
    to.member("HostsPath", view.folder + "/hosts");
    to.member("LogPath", container.spec.log.driver == "none" ? "" : view.folder + "/log");
    to.member("Name", "/" + container.spec.name);
    to.member("RestartCount", container.state.restart_count);
    to.member("Driver", "overlay2");
    to.member("Platform", "linux");
    to.member("MountLabel", "");
    to.member("ProcessLabel", "");
    to.member("AppArmorProfile", profile_of(container.spec));
    to.filled_member("ExecIDs", view.exec_ids);
    write_host_config(to, view);
    write_graph(to, view);
    if (view.sizes) {
      to.member("SizeRw", view.sizes->writable_bytes);
      to.member("SizeRootFs", view.sizes->root_bytes);
    }
    to.name("Mounts");
    write_mounts(to, view);
    write_config(to, view);
    write_network_settings(to, view);
  });
  return to.take();
}

}  // namespace stack::api
