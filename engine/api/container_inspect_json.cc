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
void write_set(JsonText& json, const std::set<std::string>& names) {
  json.object([&] {
    for (const std::string& name : names) json.object(name, [] {});
  });
}

void write_health(JsonText& json, const model::ContainerState& state) {
  // Nobody serves where nothing runs, whatever the last probe said.
  const bool serves = state.status == model::Status::running;
  json.object("Health", [&] {
    json.member("Status", to_word(serves ? state.health : model::Health::unhealthy));
    json.member("FailingStreak", state.failing_streak);
    json.array("Log", [&] {
      for (const model::ProbeResult& probe : state.probes) {
        json.object([&] {
          json.member("Start", rfc3339_nanos(probe.started));
          json.member("End", rfc3339_nanos(probe.ended));
          json.member("ExitCode", probe.exit_code);
          json.member("Output", probe.output);
        });
      }
    });
  });
}

void write_state(JsonText& json, const model::ContainerState& state) {
  using model::Status;
  json.object("State", [&] {
    json.member("Status", to_word(state.status));
    json.member("Running", model::is_alive(state));
    json.member("Paused", state.status == Status::paused);
    json.member("Restarting", state.status == Status::restarting);
    json.member("OOMKilled", state.oom_killed);
    json.member("Dead", state.status == Status::dead);
    json.member("Pid", state.pid);
    json.member("ExitCode", state.exit_code);
    json.member("Error", state.error);
    json.member("StartedAt", time_or_zero(state.started));
    json.member("FinishedAt", time_or_zero(state.finished));
    if (state.health != model::Health::none) write_health(json, state);
  });
}

void write_healthcheck(JsonText& json, const model::Healthcheck& check) {
  const auto time = [&](const char* name, const std::optional<Nanos>& nanos) {
    if (nanos) json.member(name, nanos->count());
  };
  json.object("Healthcheck", [&] {
    if (!check.test.empty()) json.member("Test", check.test);
    time("Interval", check.interval);
    time("Timeout", check.timeout);
    time("StartPeriod", check.start_period);
    time("StartInterval", check.start_interval);
    if (check.retries) json.member("Retries", *check.retries);
  });
}

std::string host_name_of(const ContainerView& view) {
  const model::ContainerSpec& spec = view.container.spec;
  if (!spec.hostname.empty()) return spec.hostname;
  if (spec.network_mode == "host" || spec.uts_mode == "host") return view.host_name;
  return std::string{short_id(view.container.id)};
}

// The address of the network that it was created on.
std::string mac_address_of(const model::ContainerSpec& spec) {
  const std::string mode = network_mode_of(spec);
  for (const model::Attachment& attachment : spec.networks) {
    if (attachment.network == mode) return attachment.mac_address;
  }
  return "";
}

void write_config(JsonText& json, const ContainerView& view) {
  static const model::ImageConfig kGone;
  const model::ContainerSpec& spec = view.container.spec;
  const model::ImageConfig& image = view.image ? view.image->config : kGone;
  const model::ImageConfig config = model::config_of(view.container, image);
  std::set<std::string> volumes(config.volumes.begin(), config.volumes.end());
  for (const model::Mount& mount : spec.mounts) {
    if (mount.declared) volumes.insert(mount.target);
  }
  // The image may be gone.
  std::set<std::string> exposed(config.exposed_ports.begin(), config.exposed_ports.end());
  exposed.insert(view.container.exposed.begin(), view.container.exposed.end());
  json.object("Config", [&] {
    json.member("Hostname", host_name_of(view));
    json.member("Domainname", spec.domainname);
    json.member("User", config.user);
    json.member("AttachStdin", spec.attach_stdin);
    json.member("AttachStdout", spec.attach_stdout);
    json.member("AttachStderr", spec.attach_stderr);
    if (!exposed.empty()) {
      json.name("ExposedPorts");
      write_set(json, exposed);
    }
    json.member("Tty", spec.tty);
    json.member("OpenStdin", spec.stdin_open);
    json.member("StdinOnce", spec.stdin_once);
    json.member("Env", config.env);
    json.filled_member("Cmd", config.command);
    if (config.healthcheck) write_healthcheck(json, *config.healthcheck);
    json.member("Image", spec.image);
    json.name("Volumes");
    if (volumes.empty()) {
      json.value(nullptr);
    } else {
      write_set(json, volumes);
    }
    json.member("WorkingDir", config.working_dir);
    json.filled_member("Entrypoint", config.entrypoint);
    if (const std::string mac = mac_address_of(spec); !mac.empty()) json.member("MacAddress", mac);
    json.filled_member("OnBuild", image.on_build);
    json.member("Labels", config.labels);
    if (!config.stop_signal.empty()) json.member("StopSignal", config.stop_signal);
    if (spec.stop_grace)
      json.member("StopTimeout", std::chrono::duration_cast<std::chrono::seconds>(*spec.stop_grace).count());
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

void write_limits(JsonText& json, const char* name, const std::vector<model::DeviceLimit>& limits, const char* member) {
  json.array(name, [&] {
    for (const model::DeviceLimit& each : limits) {
      json.object([&] {
        json.member("Path", each.path);
        json.member(member, each.value);
      });
    }
  });
}

void write_device_requests(JsonText& json, const std::vector<model::DeviceRequest>& requests) {
  if (requests.empty()) return json.member("DeviceRequests", nullptr);
  json.array("DeviceRequests", [&] {
    for (const model::DeviceRequest& each : requests) {
      json.object([&] {
        json.member("Driver", each.driver);
        json.member("Count", each.count);
        json.filled_member("DeviceIDs", each.device_ids);
        json.filled_member("Capabilities", each.capabilities);
        json.filled_member("Options", each.options);
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

void write_mount_object(JsonText& json, const model::Mount& mount) {
  json.object([&] {
    json.member("Type", to_word(mount.kind));
    if (!mount.source.empty() && !model::is_anonymous(mount)) json.member("Source", mount.source);
    json.member("Target", mount.target);
    if (mount.read_only && mount.kind != model::MountKind::image) json.member("ReadOnly", true);
    if (!has_options(mount)) return;
    json.object(options_name(mount.kind), [&] {
      if (!mount.propagation.empty()) json.member("Propagation", mount.propagation);
      if (mount.kind == model::MountKind::bind && mount.create_host_path) json.member("CreateMountpoint", true);
      if (mount.sub_mounts == model::SubMounts::none) json.member("NonRecursive", true);
      if (mount.sub_mounts == model::SubMounts::writable) json.member("ReadOnlyNonRecursive", true);
      if (!mount.volume_labels.empty()) json.member("Labels", mount.volume_labels);
      if (mount.no_copy) json.member("NoCopy", true);
      if (!mount.subpath.empty()) json.member("Subpath", mount.subpath);
      if (mount.tmpfs_size != 0) json.member("SizeBytes", mount.tmpfs_size);
      if (mount.tmpfs_mode != 0) json.member("Mode", mount.tmpfs_mode);
    });
  });
}

void write_mount_objects(JsonText& json, const model::ContainerSpec& spec) {
  if (std::ranges::none_of(spec.mounts, [](const model::Mount& mount) { return mount.long_form; })) return;
  json.array("Mounts", [&] {
    for (const model::Mount& mount : spec.mounts) {
      if (mount.long_form) write_mount_object(json, mount);
    }
  });
}

void write_tmpfs(JsonText& json, const model::ContainerSpec& spec) {
  std::map<std::string, std::string> options;
  for (const model::Mount& mount : spec.mounts) {
    if (mount.kind == model::MountKind::tmpfs && !mount.long_form) options[mount.target] = mount.tmpfs_options;
  }
  if (!options.empty()) json.member("Tmpfs", options);
}

// Addresses and ports of the host, by what they lead to: "80/tcp".
using HostPorts = std::map<std::string, std::vector<std::pair<std::string, std::string>>>;

// A port that leads nowhere has null.
void write_host_ports(JsonText& json, const char* name, const HostPorts& ports) {
  json.object(name, [&] {
    for (const auto& [port, hosts] : ports) {
      if (hosts.empty()) {
        json.member(port, nullptr);
        continue;
      }
      json.array(port, [&, &hosts = hosts] {
        for (const auto& [address, number] : hosts) {
          json.object([&, &address = address, &number = number] {
            json.member("HostIp", address);
            json.member("HostPort", number);
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

void write_ulimits(JsonText& json, const model::ContainerSpec& spec) {
  json.array("Ulimits", [&] {
    for (const auto& [name, limit] : spec.ulimits) {
      json.object([&, &name = name, &limit = limit] {
        json.member("Name", name);
        json.member("Hard", limit.hard);
        json.member("Soft", limit.soft);
      });
    }
  });
}

void write_devices(JsonText& json, const model::ContainerSpec& spec) {
  json.array("Devices", [&] {
    for (const model::Device& device : spec.devices) {
      json.object([&] {
        json.member("PathOnHost", device.source);
        json.member("PathInContainer", device.target);
        json.member("CgroupPermissions", device.permissions);
      });
    }
  });
}

void write_resources(JsonText& json, const model::ContainerSpec& spec) {
  const model::Resources& r = spec.resources;
  const auto unless = [](auto value, auto none) { return value == none ? std::nullopt : std::optional{value}; };
  json.member("CpuShares", r.cpu_shares);
  json.member("Memory", r.memory_max);
  json.member("NanoCpus", r.nano_cpus);
  json.member("CgroupParent", spec.cgroup_parent);
  json.member("BlkioWeight", r.block_weight);
  write_limits(json, "BlkioWeightDevice", r.device_weights, "Weight");
  write_limits(json, "BlkioDeviceReadBps", r.read_bytes, "Rate");
  write_limits(json, "BlkioDeviceWriteBps", r.write_bytes, "Rate");
  write_limits(json, "BlkioDeviceReadIOps", r.read_operations, "Rate");
  write_limits(json, "BlkioDeviceWriteIOps", r.write_operations, "Rate");
  json.member("CpuPeriod", r.cpu_period_us);
  json.member("CpuQuota", r.cpu_quota_us);
  json.member("CpuRealtimePeriod", r.realtime_period_us);
  json.member("CpuRealtimeRuntime", r.realtime_runtime_us);
  json.member("CpusetCpus", r.cpuset);
  json.member("CpusetMems", r.memory_nodes);
  write_devices(json, spec);
  json.filled_member("DeviceCgroupRules", spec.device_rules);
  write_device_requests(json, spec.device_requests);
  json.member("MemoryReservation", r.memory_low);
  // Docker gives as much swap as memory where nothing is said.
  json.member("MemorySwap", r.memory_swap != 0 ? r.memory_swap : 2 * r.memory_max);
  json.member("MemorySwappiness", unless(r.memory_swappiness, decltype(r.memory_swappiness){-1}));
  json.member("OomKillDisable", r.oom_kill_disable);
  json.member("PidsLimit", unless(r.pids_max, decltype(r.pids_max){0}));
  write_ulimits(json, spec);
  json.member("CpuCount", 0);
  json.member("CpuPercent", 0);
  json.member("IOMaximumIOps", 0);
  json.member("IOMaximumBandwidth", 0);
  json.member("OomScoreAdj", r.oom_score_adj);
}

// "sys_time" is CAP_SYS_TIME.
Words in_full(Words capabilities) {
  for (std::string& each : capabilities) {
    each = upper(each);
    if (each != "ALL" && !each.starts_with("CAP_")) each = "CAP_" + each;
  }
  std::ranges::sort(capabilities);
  return capabilities;
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

void write_security(JsonText& json, const model::ContainerSpec& spec) {
  Words options = spec.security_opt;
  const bool unmasked = std::erase(options, kUnmasked) > 0;
  const auto paths = [&](const char* name, const auto& all) {
    if (spec.privileged) return json.member(name, nullptr);
    json.array(name, [&] {
      if (unmasked) return;
      for (const auto& each : all) json.value(each);
    });
  };
  json.filled_member("SecurityOpt", options);
  paths("MaskedPaths", model::kMaskedPaths);
  paths("ReadonlyPaths", model::kReadOnlyPaths);
}

void write_host_config(JsonText& json, const ContainerView& view) {
  const model::ContainerSpec& spec = view.container.spec;
  json.object("HostConfig", [&] {
    json.filled_member("Binds", binds_of(spec));
    json.member("ContainerIDFile", "");
    json.object("LogConfig", [&] {
      json.member("Type", spec.log.driver);
      json.member("Config", spec.log.options);
    });
    json.member("NetworkMode", network_mode_of(spec));
    write_host_ports(json, "PortBindings", wanted_ports(spec));
    json.object("RestartPolicy", [&] {
      json.member("Name", to_word(spec.restart.kind));
      json.member("MaximumRetryCount", spec.restart.max_attempts);
    });
    json.member("AutoRemove", spec.auto_remove);
    json.member("VolumeDriver", "");
    json.filled_member("VolumesFrom", spec.volumes_from);
    json.array("ConsoleSize", [&] {
      json.value(spec.terminal_rows);
      json.value(spec.terminal_columns);
    });
    if (!spec.annotations.empty()) json.member("Annotations", spec.annotations);
    json.filled_member("CapAdd", in_full(spec.cap_add));
    json.filled_member("CapDrop", in_full(spec.cap_drop));
    json.member("CgroupnsMode", spec.cgroup_mode.empty() ? "private" : spec.cgroup_mode);
    json.member("Dns", spec.dns);
    json.member("DnsOptions", spec.dns_options);
    json.member("DnsSearch", spec.dns_search);
    json.filled_member("ExtraHosts", extra_hosts_of(spec));
    json.filled_member("GroupAdd", spec.group_add);
    json.member("IpcMode", spec.ipc_mode.empty() ? "private" : spec.ipc_mode);
    json.member("Cgroup", "");
    json.filled_member("Links", links_of(spec));
    json.member("PidMode", spec.pid_mode);
    json.member("Privileged", spec.privileged);
    json.member("PublishAllPorts", spec.publish_all);
    json.member("ReadonlyRootfs", spec.read_only);
    write_security(json, spec);
    if (!spec.storage_options.empty()) json.member("StorageOpt", spec.storage_options);
    write_tmpfs(json, spec);
    json.member("UTSMode", spec.uts_mode);
    json.member("UsernsMode", spec.userns_mode);
    json.member("ShmSize", spec.shm_size == 0 ? kShmBytes : spec.shm_size);
    if (!spec.sysctls.empty()) json.member("Sysctls", spec.sysctls);
    json.member("Runtime", "runc");
    json.member("Isolation", "");
    write_resources(json, spec);
    write_mount_objects(json, spec);
    if (spec.init) json.member("Init", true);
  });
}

void write_network_settings(JsonText& json, const ContainerView& view) {
  static const model::Endpoint kNoEndpoint;
  const model::Container& container = view.container;
  const auto& endpoints = container.state.endpoints;
  const auto bridge = std::ranges::find(endpoints, "bridge", &model::Endpoint::network);
  const model::Endpoint& flat = bridge == endpoints.end() ? kNoEndpoint : *bridge;
  const pid_t pid = container.state.pid;
  json.object("NetworkSettings", [&] {
    json.member("Bridge", "");
    json.member("SandboxID", model::is_alive(container.state) ? container.id : "");
    json.member("SandboxKey", pid == 0 ? "" : "/proc/" + std::to_string(pid) + "/ns/net");
    write_host_ports(json, "Ports", published_ports(container));
    json.member("HairpinMode", false);
    json.member("LinkLocalIPv6Address", "");
    json.member("LinkLocalIPv6PrefixLen", 0);
    json.member("SecondaryIPAddresses", nullptr);
    json.member("SecondaryIPv6Addresses", nullptr);
    json.member("EndpointID", endpoint_id(container.id, flat.network_id));
    json.member("Gateway", flat.gateway);
    json.member("GlobalIPv6Address", flat.ipv6);
    json.member("GlobalIPv6PrefixLen", flat.ipv6_prefix_length);
    json.member("IPAddress", flat.ipv4);
    json.member("IPPrefixLen", flat.prefix_length);
    json.member("IPv6Gateway", flat.ipv6_gateway);
    json.member("MacAddress", flat.mac);
    json.name("Networks");
    write_networks(json, view, true);
  });
}

void write_graph(JsonText& json, const ContainerView& view) {
  std::string lower;
  for (const std::string& layer : view.layers) lower += (lower.empty() ? "" : ":") + layer;
  json.object("GraphDriver", [&] {
    json.member("Name", "overlay2");
    json.object("Data", [&] {
      json.member("ID", view.container.id);
      json.member("LowerDir", lower);
      json.member("UpperDir", view.folder + "/upper");
      json.member("WorkDir", view.folder + "/work");
      json.member("MergedDir", view.folder + "/root");
    });
  });
}

}  // namespace

std::string container_inspect_json(const ContainerView& view) {
  const model::Container& container = view.container;
  const Words& command = container.command;
  JsonText json;
  json.object([&] {
    json.member("Id", container.id);
    json.member("Created", rfc3339_nanos(container.created));
    json.member("Path", command.empty() ? "" : command.front());
    json.array("Args", [&] {
      for (std::size_t i = 1; i < command.size(); ++i) json.value(command[i]);
    });
    write_state(json, container.state);
    json.member("Image", container.spec.image_id);
    json.member("ResolvConfPath", view.folder + "/resolv.conf");
    json.member("HostnamePath", view.folder + "/hostname");
    json.member("HostsPath", view.folder + "/hosts");
    json.member("LogPath", container.spec.log.driver == "none" ? "" : view.folder + "/log");
    json.member("Name", "/" + container.spec.name);
    json.member("RestartCount", container.state.restart_count);
    json.member("Driver", "overlay2");
    json.member("Platform", "linux");
    json.member("MountLabel", "");
    json.member("ProcessLabel", "");
    json.member("AppArmorProfile", profile_of(container.spec));
    json.filled_member("ExecIDs", view.exec_ids);
    write_host_config(json, view);
    write_graph(json, view);
    if (view.sizes) {
      json.member("SizeRw", view.sizes->writable_bytes);
      json.member("SizeRootFs", view.sizes->root_bytes);
    }
    json.name("Mounts");
    write_mounts(json, view);
    write_config(json, view);
    write_network_settings(json, view);
  });
  return json.take();
}

}  // namespace stack::api
