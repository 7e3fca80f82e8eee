#include <algorithm>

#include "base/ids.h"
#include "base/letter_case.h"
#include "base/model/anonymous_volume.h"
#include "base/model/container_text.h"
#include "base/model/effective_config.h"
#include "base/model/masked_paths.h"
#include "base/model/model_words.h"
#include "engine/api/codec_json.h"
#include "engine/api/container_json.h"
#include "engine/api/container_parts_json.h"
#include "engine/api/endpoint_id.h"

namespace stack::api {
namespace {

using nlohmann::json;

constexpr std::int64_t kShmBytes = std::int64_t{64} << 20;

template <class T>
json list_or_null(const std::vector<T>& list) {
  return list.empty() ? json(nullptr) : json(list);
}
template <class T>
json value_or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}
std::string time_or_zero(const std::optional<Wall>& time) {
  return time ? rfc3339_nanos(*time) : "0001-01-01T00:00:00Z";
}

json health_value(const model::ContainerState& state) {
  json log = json::array();
  for (const model::ProbeResult& probe : state.probes) {
    log.push_back({{"Start", rfc3339_nanos(probe.started)},
                   {"End", rfc3339_nanos(probe.ended)},
                   {"ExitCode", probe.exit_code},
                   {"Output", probe.output}});
  }
  // Nobody serves where nothing runs, whatever the last probe said.
  const bool serves = state.status == model::Status::running;
  const model::Health health = serves ? state.health : model::Health::unhealthy;
  return {{"Status", to_word(health)}, {"FailingStreak", state.failing_streak}, {"Log", log}};
}

json state_value(const model::ContainerState& state) {
  using model::Status;
  json value{{"Status", to_word(state.status)},
             {"Running", model::is_alive(state)},
             {"Paused", state.status == Status::paused},
             {"Restarting", state.status == Status::restarting},
             {"OOMKilled", state.oom_killed},
             {"Dead", state.status == Status::dead},
             {"Pid", state.pid},
             {"ExitCode", state.exit_code},
             {"Error", state.error},
             {"StartedAt", time_or_zero(state.started)},
             {"FinishedAt", time_or_zero(state.finished)}};
  if (state.health != model::Health::none) value["Health"] = health_value(state);
  return value;
}

json healthcheck_value(const model::Healthcheck& check) {
  json value = json::object();
  if (!check.test.empty()) value["Test"] = check.test;
  const auto time = [&](const char* name, const std::optional<Nanos>& nanos) {
    if (nanos) value[name] = nanos->count();
  };
  time("Interval", check.interval);
  time("Timeout", check.timeout);
  time("StartPeriod", check.start_period);
  time("StartInterval", check.start_interval);
  if (check.retries) value["Retries"] = *check.retries;
  return value;
}

json set_of(const std::vector<std::string>& names) {
  json value = json::object();
  for (const std::string& name : names) value[name] = json::object();
  return value;
}

std::string host_name_of(const ContainerView& view) {
  const model::ContainerSpec& spec = view.container.spec;
  if (!spec.hostname.empty()) return spec.hostname;
  if (spec.network_mode == "host" || spec.uts_mode == "host") return view.host_name;
  return std::string{short_id(view.container.id)};
}

json config_value(const ContainerView& view) {
  const model::ContainerSpec& spec = view.container.spec;
  const model::ImageConfig config =
      model::config_of(view.container, view.image ? view.image->config : model::ImageConfig{});
  std::vector<std::string> volumes = config.volumes;
  for (const model::Mount& mount : spec.mounts) {
    if (mount.declared) volumes.push_back(mount.target);
  }
  json value{{"Hostname", host_name_of(view)},
             {"Domainname", spec.domainname},
             {"User", config.user},
             {"AttachStdin", spec.attach_stdin},
             {"AttachStdout", spec.attach_stdout},
             {"AttachStderr", spec.attach_stderr},
             {"Tty", spec.tty},
             {"OpenStdin", spec.stdin_open},
             {"StdinOnce", spec.stdin_once},
             {"Env", config.env},
             {"Cmd", list_or_null(config.command)},
             {"Image", spec.image},
             {"Volumes", volumes.empty() ? json(nullptr) : set_of(volumes)},
             {"WorkingDir", config.working_dir},
             {"Entrypoint", list_or_null(config.entrypoint)},
             {"OnBuild", view.image ? list_or_null(view.image->config.on_build) : json(nullptr)},
             {"Labels", config.labels}};
  // The image may be gone.
  std::vector<std::string> exposed = config.exposed_ports;
  exposed.insert(exposed.end(), view.container.exposed.begin(), view.container.exposed.end());
  if (!exposed.empty()) value["ExposedPorts"] = set_of(exposed);
  // Of the network that it was created on.
  for (const model::Attachment& attachment : spec.networks) {
    if (!attachment.mac_address.empty() && attachment.network == network_mode_of(spec))
      value["MacAddress"] = attachment.mac_address;
  }
  if (config.healthcheck) value["Healthcheck"] = healthcheck_value(*config.healthcheck);
  if (!config.stop_signal.empty()) value["StopSignal"] = config.stop_signal;
  if (spec.stop_grace)
    value["StopTimeout"] = std::chrono::duration_cast<std::chrono::seconds>(*spec.stop_grace).count();
  return value;
}

json binds_value(const model::ContainerSpec& spec) {
  json binds = json::array();
  for (const model::Mount& mount : spec.mounts) {
    const bool other = mount.kind == model::MountKind::tmpfs || mount.kind == model::MountKind::image;
    if (other || mount.source.empty() || mount.long_form || mount.declared) continue;
    const std::string mode = mount.mode.value_or(mount.read_only ? "ro" : "rw");
    binds.push_back(mount.source + ":" + mount.target + (mode.empty() ? "" : ":" + mode));
  }
  return binds.empty() ? json(nullptr) : binds;
}

// "name:address", as clients write it.
json extra_hosts_value(const model::ContainerSpec& spec) {
  if (spec.extra_hosts.empty()) return nullptr;
  json list = json::array();
  for (std::string entry : spec.extra_hosts) {
    if (const std::size_t equals = entry.find('='); equals != std::string::npos) entry[equals] = ':';
    list.push_back(std::move(entry));
  }
  return list;
}

// "/db:/web/database", of the default bridge alone; those of other networks stand with their endpoints.
json links_value(const model::ContainerSpec& spec) {
  if (spec.networks.empty() || spec.networks.front().network != "bridge") return nullptr;
  json list = json::array();
  for (const auto& [alias, name] : spec.networks.front().links)
    list.push_back("/" + name + ":/" + spec.name + "/" + alias);
  return list.empty() ? json(nullptr) : list;
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

json limits_value(const std::vector<model::DeviceLimit>& limits, const char* member) {
  json list = json::array();
  for (const model::DeviceLimit& each : limits) list.push_back({{"Path", each.path}, {member, each.value}});
  return list;
}

json device_requests_value(const std::vector<model::DeviceRequest>& requests) {
  json list = json::array();
  for (const model::DeviceRequest& each : requests) {
    list.push_back({{"Driver", each.driver},
                    {"Count", each.count},
                    {"DeviceIDs", list_or_null(each.device_ids)},
                    {"Capabilities", each.capabilities.empty() ? json(nullptr) : json(each.capabilities)},
                    {"Options", each.options.empty() ? json(nullptr) : json(each.options)}});
  }
  return list.empty() ? json(nullptr) : list;
}

json mount_object_value(const model::Mount& mount) {
  json value{{"Type", to_word(mount.kind)}, {"Target", mount.target}};
  if (!mount.source.empty() && !model::is_anonymous(mount)) value["Source"] = mount.source;
  if (mount.read_only && mount.kind != model::MountKind::image) value["ReadOnly"] = true;
  json options = json::object();
  if (!mount.propagation.empty()) options["Propagation"] = mount.propagation;
  if (mount.kind == model::MountKind::bind && mount.create_host_path) options["CreateMountpoint"] = true;
  if (mount.sub_mounts == model::SubMounts::none) options["NonRecursive"] = true;
  if (mount.sub_mounts == model::SubMounts::writable) options["ReadOnlyNonRecursive"] = true;
  if (!mount.volume_labels.empty()) options["Labels"] = mount.volume_labels;
  if (mount.no_copy) options["NoCopy"] = true;
  if (!mount.subpath.empty()) options["Subpath"] = mount.subpath;
  if (mount.tmpfs_size != 0) options["SizeBytes"] = mount.tmpfs_size;
  if (mount.tmpfs_mode != 0) options["Mode"] = mount.tmpfs_mode;
  if (options.empty()) return value;
  value[options_name(mount.kind)] = options;
  return value;
}

json mount_objects_value(const model::ContainerSpec& spec) {
  json list = json::array();
  for (const model::Mount& mount : spec.mounts) {
    if (mount.long_form) list.push_back(mount_object_value(mount));
  }
  return list;
}

json port_bindings_value(const model::ContainerSpec& spec) {
  json value = json::object();
  for (const model::PublishedPort& port : spec.ports) {
    if (spec.publish_all && port.host_first == 0 && port.host_ip.empty()) continue;
    std::string host;
    if (port.host_first != 0) {
      host = std::to_string(port.host_first);
      if (port.host_last != port.host_first) host += "-" + std::to_string(port.host_last);
    }
    value[std::to_string(port.container_port) + "/" + std::string{to_word(port.protocol)}].push_back(
        {{"HostIp", port.host_ip}, {"HostPort", host}});
  }
  return value;
}

json resources_value(const model::ContainerSpec& spec) {
  const model::Resources& r = spec.resources;
  const auto unset = [](std::int64_t value, std::int64_t none) { return value == none ? json(nullptr) : json(value); };
  json ulimits = json::array();
  for (const auto& [name, limit] : spec.ulimits)
    ulimits.push_back({{"Name", name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
  json devices = json::array();
  for (const model::Device& device : spec.devices) {
    devices.push_back(
        {{"PathOnHost", device.source}, {"PathInContainer", device.target}, {"CgroupPermissions", device.permissions}});
  }
  return {{"CpuShares", r.cpu_shares},
          {"Memory", r.memory_max},
          {"NanoCpus", r.nano_cpus},
          {"CgroupParent", spec.cgroup_parent},
          {"BlkioWeight", r.block_weight},
          {"BlkioWeightDevice", limits_value(r.device_weights, "Weight")},
          {"BlkioDeviceReadBps", limits_value(r.read_bytes, "Rate")},
          {"BlkioDeviceWriteBps", limits_value(r.write_bytes, "Rate")},
          {"BlkioDeviceReadIOps", limits_value(r.read_operations, "Rate")},
          {"BlkioDeviceWriteIOps", limits_value(r.write_operations, "Rate")},
          {"CpuPeriod", r.cpu_period_us},
          {"CpuQuota", r.cpu_quota_us},
          {"CpuRealtimePeriod", r.realtime_period_us},
          {"CpuRealtimeRuntime", r.realtime_runtime_us},
          {"CpusetCpus", r.cpuset},
          {"CpusetMems", r.memory_nodes},
          {"Devices", devices},
          {"DeviceCgroupRules", list_or_null(spec.device_rules)},
          {"DeviceRequests", device_requests_value(spec.device_requests)},
          {"MemoryReservation", r.memory_low},
          // Docker gives as much swap as memory where nothing is said.
          {"MemorySwap", r.memory_swap != 0 ? r.memory_swap : 2 * r.memory_max},
          {"MemorySwappiness", unset(r.memory_swappiness, -1)},
          {"OomKillDisable", r.oom_kill_disable},
          {"PidsLimit", unset(r.pids_max, 0)},
          {"Ulimits", ulimits},
          {"CpuCount", 0},
          {"CpuPercent", 0},
          {"IOMaximumIOps", 0},
          {"IOMaximumBandwidth", 0},
          {"OomScoreAdj", r.oom_score_adj}};
}

// "sys_time" is CAP_SYS_TIME.
std::vector<std::string> in_full(std::vector<std::string> capabilities) {
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

constexpr std::string_view kUnmasked = "systempaths=unconfined";

// Clients say it by empty lists of paths, and read it back so.
json security_opt_value(const model::ContainerSpec& spec) {
  std::vector<std::string> options = spec.security_opt;
  std::erase(options, kUnmasked);
  return list_or_null(options);
}

template <class Paths>
json paths_value(const model::ContainerSpec& spec, const Paths& paths) {
  if (spec.privileged) return nullptr;
  const auto& options = spec.security_opt;
  const bool unmasked = std::find(options.begin(), options.end(), kUnmasked) != options.end();
  return unmasked ? json::array() : json(paths);
}

json host_config_value(const ContainerView& view) {
  const model::ContainerSpec& spec = view.container.spec;
  json value = resources_value(spec);
  json tmpfs = json::object();
  for (const model::Mount& mount : spec.mounts) {
    if (mount.kind == model::MountKind::tmpfs && !mount.long_form) tmpfs[mount.target] = mount.tmpfs_options;
  }
  value.update(
      {{"Binds", binds_value(spec)},
       {"ContainerIDFile", ""},
       {"LogConfig", {{"Type", spec.log.driver}, {"Config", spec.log.options}}},
       {"NetworkMode", network_mode_of(spec)},
       {"PortBindings", port_bindings_value(spec)},
       {"RestartPolicy", {{"Name", to_word(spec.restart.kind)}, {"MaximumRetryCount", spec.restart.max_attempts}}},
       {"AutoRemove", spec.auto_remove},
       {"VolumeDriver", ""},
       {"VolumesFrom", list_or_null(spec.volumes_from)},
       {"ConsoleSize", {spec.terminal_rows, spec.terminal_columns}},
       {"CapAdd", list_or_null(in_full(spec.cap_add))},
       {"CapDrop", list_or_null(in_full(spec.cap_drop))},
       {"CgroupnsMode", spec.cgroup_mode.empty() ? "private" : spec.cgroup_mode},
       {"Dns", spec.dns},
       {"DnsOptions", spec.dns_options},
       {"DnsSearch", spec.dns_search},
       {"ExtraHosts", extra_hosts_value(spec)},
       {"GroupAdd", list_or_null(spec.group_add)},
       {"IpcMode", spec.ipc_mode.empty() ? "private" : spec.ipc_mode},
       {"Cgroup", ""},
       {"Links", links_value(spec)},
       {"PidMode", spec.pid_mode},
       {"Privileged", spec.privileged},
       {"PublishAllPorts", spec.publish_all},
       {"ReadonlyRootfs", spec.read_only},
       {"SecurityOpt", security_opt_value(spec)},
       {"MaskedPaths", paths_value(spec, model::kMaskedPaths)},
       {"ReadonlyPaths", paths_value(spec, model::kReadOnlyPaths)},
       {"UTSMode", spec.uts_mode},
       {"UsernsMode", spec.userns_mode},
       {"ShmSize", spec.shm_size == 0 ? kShmBytes : spec.shm_size},
       {"Runtime", "runc"},
       {"Isolation", ""}});
  if (!spec.sysctls.empty()) value["Sysctls"] = spec.sysctls;
  if (!spec.annotations.empty()) value["Annotations"] = spec.annotations;
  if (!spec.storage_options.empty()) value["StorageOpt"] = spec.storage_options;
  if (!tmpfs.empty()) value["Tmpfs"] = tmpfs;
  if (const json mounts = mount_objects_value(spec); !mounts.empty()) value["Mounts"] = mounts;
  if (spec.init) value["Init"] = true;
  return value;
}

json published_value(const model::Container& container) {
  json value = json::object();
  for (const model::PortBinding& port : model::offered_ports(container)) {
    json& at = value[port_key(port)];
    if (port.host_port == 0) continue;
    at.push_back({{"HostIp", port.host_ip}, {"HostPort", std::to_string(port.host_port)}});
  }
  return value;
}

json network_settings_value(const ContainerView& view) {
  const model::Container& container = view.container;
  const auto& endpoints = container.state.endpoints;
  const auto bridge = std::find_if(endpoints.begin(), endpoints.end(),
                                   [](const model::Endpoint& each) { return each.network == "bridge"; });
  const model::Endpoint flat = bridge == endpoints.end() ? model::Endpoint{} : *bridge;
  return {{"Bridge", ""},
          {"SandboxID", model::is_alive(container.state) ? container.id : ""},
          {"SandboxKey", container.state.pid == 0 ? "" : "/proc/" + std::to_string(container.state.pid) + "/ns/net"},
          {"Ports", published_value(container)},
          {"HairpinMode", false},
          {"LinkLocalIPv6Address", ""},
          {"LinkLocalIPv6PrefixLen", 0},
          {"SecondaryIPAddresses", nullptr},
          {"SecondaryIPv6Addresses", nullptr},
          {"EndpointID", endpoint_id(container.id, flat.network_id)},
          {"Gateway", flat.gateway},
          {"GlobalIPv6Address", flat.ipv6},
          {"GlobalIPv6PrefixLen", flat.ipv6_prefix_length},
          {"IPAddress", flat.ipv4},
          {"IPPrefixLen", flat.prefix_length},
          {"IPv6Gateway", flat.ipv6_gateway},
          {"MacAddress", flat.mac},
          {"Networks", networks_value(view, true)}};
}

json graph_value(const ContainerView& view) {
  std::string lower;
  for (const std::string& layer : view.layers) lower += (lower.empty() ? "" : ":") + layer;
  return {{"Name", "overlay2"},
          {"Data",
           {{"ID", view.container.id},
            {"LowerDir", lower},
            {"UpperDir", view.folder + "/upper"},
            {"WorkDir", view.folder + "/work"},
            {"MergedDir", view.folder + "/root"}}}};
}

}  // namespace

std::string container_inspect_json(const ContainerView& view) {
  const model::Container& container = view.container;
  std::vector<std::string> arguments = container.command;
  std::string path;
  if (!arguments.empty()) {
    path = arguments.front();
    arguments.erase(arguments.begin());
  }
  json value{{"Id", container.id},
             {"Created", rfc3339_nanos(container.created)},
             {"Path", path},
             {"Args", arguments},
             {"State", state_value(container.state)},
             {"Image", container.spec.image_id},
             {"ResolvConfPath", view.folder + "/resolv.conf"},
             {"HostnamePath", view.folder + "/hostname"},
             {"HostsPath", view.folder + "/hosts"},
             {"LogPath", container.spec.log.driver == "none" ? "" : view.folder + "/log"},
             {"Name", "/" + container.spec.name},
             {"RestartCount", container.state.restart_count},
             {"Driver", "overlay2"},
             {"Platform", "linux"},
             {"MountLabel", ""},
             {"ProcessLabel", ""},
             {"AppArmorProfile", profile_of(container.spec)},
             {"ExecIDs", list_or_null(view.exec_ids)},
             {"HostConfig", host_config_value(view)},
             {"GraphDriver", graph_value(view)},
             {"Mounts", mounts_value(view)},
             {"Config", config_value(view)},
             {"NetworkSettings", network_settings_value(view)}};
  if (view.sizes) {
    value["SizeRw"] = view.sizes->writable_bytes;
    value["SizeRootFs"] = view.sizes->root_bytes;
  }
  return text_of(value);
}

}  // namespace stack::api
