#include "compose/plan/wanted_container.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "base/model/capability_change.h"
#include "base/model/docker_socket.h"
#include "base/model/model_words.h"
#include "base/model/network_options.h"
#include "compose/admission/ulimit_names.h"
#include "compose/model/own_keys.h"
#include "compose/model/project_json.h"
#include "compose/print/compose_hash.h"

namespace stack::compose {
namespace {

model::Labels labels_of(const Project& project, const Service& service, int number, const std::string& image_id) {
  model::Labels labels = service.labels;
  const std::string prefix = "com.docker.compose.";
  const auto joined = [](const Strings& list) {
    std::string text;
    for (const std::string& item : list) text += (text.empty() ? "" : ",") + item;
    return text;
  };
  std::string dependencies;
  for (const auto& [name, dependency] : service.depends_on) {
    dependencies += (dependencies.empty() ? "" : ",") + name + ":" + std::string{to_text(dependency.condition)} + ":" +
                    (dependency.restart ? "true" : "false");
  }
  labels[prefix + "project"] = project.name;
  labels[prefix + "service"] = service.name;
  labels[prefix + "container-number"] = std::to_string(number);
  labels[prefix + "oneoff"] = "False";
  labels[prefix + "config-hash"] = compose_hash(service);
  labels[prefix + "image"] = image_id;
  labels[prefix + "depends_on"] = dependencies;
  labels[prefix + "project.working_dir"] = project.working_dir;
  labels[prefix + "project.config_files"] = joined(project.config_files);
  labels[prefix + "version"] = STACK_VERSION;
  if (!project.env_files.empty()) labels[prefix + "project.environment_file"] = joined(project.env_files);
  return labels;
}

int number_after_colon(const std::string& text) {
  const std::size_t colon = text.find(':');
  int value = 0;
  if (colon != std::string::npos) std::from_chars(text.data() + colon + 1, text.data() + text.size(), value);
  return value;
}

model::RestartPolicy restart_of(const Service& service) {
  model::RestartPolicy policy;
  if (service.restart == "always" || service.restart == "any") policy.kind = model::RestartKind::always;
  if (service.restart == "unless-stopped") policy.kind = model::RestartKind::unless_stopped;
  if (service.restart.starts_with("on-failure")) {
    policy.kind = model::RestartKind::on_failure;
    policy.max_attempts = number_after_colon(service.restart);
  }
  if (!service.deploy || !service.deploy->restart_policy) return policy;
  const DeployRestart& deploy = *service.deploy->restart_policy;
  const std::string& condition = deploy.condition;
  // Without a condition Docker Compose does not restart, whatever `restart` says.
  policy.kind = condition.empty() || condition == "none" || condition == "no" ? model::RestartKind::no
                : condition == "on-failure"                                   ? model::RestartKind::on_failure
                : condition == "unless-stopped"                               ? model::RestartKind::unless_stopped
                                                                              : model::RestartKind::always;
  policy.max_attempts = static_cast<int>(deploy.max_attempts.value_or(0));
  policy.delay = deploy.delay.value_or(Nanos{0});
  policy.window = deploy.window.value_or(Nanos{0});
  return policy;
}

std::optional<model::Healthcheck> healthcheck_of(const Service& service) {
  if (!service.healthcheck) return std::nullopt;
  const Healthcheck& from = *service.healthcheck;
  model::Healthcheck check{.test = from.test,
                           .interval = from.interval,
                           .timeout = from.timeout,
                           .start_period = from.start_period,
                           .start_interval = from.start_interval};
  if (from.retries) check.retries = static_cast<int>(*from.retries);
  if (from.disable) check.test = {"NONE"};
  return check;
}

model::Protocol protocol_of(const std::string& text) {
  if (text == "udp" || text == "UDP") return model::Protocol::udp;
  if (text == "sctp" || text == "SCTP") return model::Protocol::sctp;
  return model::Protocol::tcp;
}

model::PublishedPort port_of(const ServicePort& from) {
  model::PublishedPort port{
      .host_ip = from.host_ip, .container_port = from.target, .protocol = protocol_of(from.protocol)};
  const char* end = from.published.data() + from.published.size();
  const auto [stop, error] = std::from_chars(from.published.data(), end, port.host_first);
  port.host_last = port.host_first;
  if (error == std::errc{} && stop != end && *stop == '-') std::from_chars(stop + 1, end, port.host_last);
  return port;
}

// Whether Docker's clients say it as an object, because one text cannot.
bool has_long_form(const model::Mount& mount) {
  const bool plain_bind =
      mount.create_host_path && mount.propagation.empty() && mount.sub_mounts == model::SubMounts::follow;
  const bool plain_volume =
      !mount.source.empty() && !mount.no_copy && mount.subpath.empty() && mount.volume_labels.empty();
  if (mount.kind == model::MountKind::bind) return !plain_bind;
  return mount.kind != model::MountKind::volume || !plain_volume;
}

model::Mount mount_of(const Project& project, const ServiceMount& from) {
  model::Mount mount{.source = from.source, .target = from.target, .read_only = from.read_only};
  if (from.type == "bind") {
    mount.kind = model::MountKind::bind;
    if (from.bind) {
      mount.create_host_path = from.bind->create_host_path;
      mount.propagation = from.bind->propagation;
      if (from.bind->recursive == "disabled") mount.sub_mounts = model::SubMounts::none;
      if (from.bind->recursive == "writable") mount.sub_mounts = model::SubMounts::writable;
    }
  } else if (from.type == "tmpfs") {
    mount.kind = model::MountKind::tmpfs;
    if (from.tmpfs) {
      mount.tmpfs_size = from.tmpfs->size.value;
      mount.tmpfs_mode = from.tmpfs->mode;
    }
  } else if (from.type == "image") {
    mount.kind = model::MountKind::image;
    mount.source = mounted_image(project, from);
    mount.read_only = true;
    if (from.image) mount.subpath = from.image->subpath;
  } else {
    mount.kind = model::MountKind::volume;
    const auto volume = project.volumes.find(from.source);
    if (volume != project.volumes.end()) mount.source = volume->second.name;
    if (from.volume) {
      mount.no_copy = from.volume->nocopy;
      mount.subpath = from.volume->subpath;
      mount.volume_labels = from.volume->labels;
    }
  }
  mount.long_form = has_long_form(mount);
  return mount;
}

// "/run:size=64m,mode=1770"
model::Mount tmpfs_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  model::Mount mount{.kind = model::MountKind::tmpfs, .target = text.substr(0, colon)};
  if (colon != std::string::npos) mount.tmpfs_options = text.substr(colon + 1);
  return mount;
}

std::uint32_t id_of(const std::string& text) {
  std::uint32_t id = 0;
  std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

// A secret or config that is a file of the host is bound read-only to its place; what has its text in the project is
// written there.
void add_grants(model::ContainerSpec& spec, const std::vector<FileGrant>& grants,
                const std::map<std::string, FileObject>& objects, const std::string& folder) {
  for (const FileGrant& grant : grants) {
    const auto found = objects.find(grant.source);
    if (found == objects.end()) continue;
    const FileObject& object = found->second;
    std::string target = grant.target.empty() ? grant.source : grant.target;
    if (!target.starts_with('/')) target = folder + target;
    if (!object.file.empty()) {
      spec.mounts.push_back({.kind = model::MountKind::bind,
                             .source = object.file,
                             .target = target,
                             .read_only = true,
                             .create_host_path = false,
                             .long_form = true,
                             .source_identity = object.identity});
    } else if (object.content) {
      model::GivenFile file{
          .target = target, .content = *object.content, .uid = id_of(grant.uid), .gid = id_of(grant.gid)};
      if (grant.mode) file.mode = grant.mode->value;
      spec.files.push_back(std::move(file));
    }
  }
}

// The mode of a namespace, with a service's container by its name.
std::string shared_mode(const Project& project, const std::string& mode) {
  constexpr std::string_view kService = "service:";
  if (!mode.starts_with(kService)) return mode;
  const auto other = project.services.find(mode.substr(kService.size()));
  return other == project.services.end() ? mode : "container:" + container_name(project, other->second, 1);
}

// "web", "web:ro" and "container:name:ro" as containers' names.
std::vector<std::string> volumes_from(const Project& project, const Service& service) {
  constexpr std::string_view kContainer = "container:";
  std::vector<std::string> out;
  for (const std::string& from : service.volumes_from) {
    if (from.starts_with(kContainer)) {
      out.push_back(from.substr(kContainer.size()));
      continue;
    }
    const std::size_t colon = std::min(from.find(':'), from.size());
    const auto other = project.services.find(from.substr(0, colon));
    if (other != project.services.end()) out.push_back(container_name(project, other->second, 1) + from.substr(colon));
  }
  return out;
}

// What this service alone calls others of the network `key`: links by services' names, external ones by containers'.
std::map<std::string, std::string> links_of(const Project& project, const Service& service, const std::string& key) {
  std::map<std::string, std::string> links;
  const auto add = [&](const std::string& link) {
    const std::size_t colon = link.find(':');
    if (colon != std::string::npos) links[link.substr(colon + 1)] = link.substr(0, colon);
  };
  for (const std::string& link : service.links) {
    const auto other = project.services.find(link.substr(0, link.find(':')));
    if (other != project.services.end() && other->second.networks.contains(key)) add(link);
  }
  for (const std::string& link : service.external_links) add(link);
  return links;
}

void set_device_limits(model::Resources& to, const BlkioConfig& from) {
  const auto limits = [](const std::vector<ThrottleDevice>& devices) {
    std::vector<model::DeviceLimit> list;
    for (const ThrottleDevice& device : devices) list.push_back({device.path, device.rate.value});
    return list;
  };
  to.block_weight = from.weight;
  for (const WeightDevice& device : from.weight_device) to.device_weights.push_back({device.path, device.weight});
  to.read_bytes = limits(from.device_read_bps);
  to.write_bytes = limits(from.device_write_bps);
  to.read_operations = limits(from.device_read_iops);
  to.write_operations = limits(from.device_write_iops);
}

void set_resources(model::Resources& to, const Service& from) {
  to.memory_max = from.mem_limit.value;
  to.memory_low = from.mem_reservation.value;
  to.memory_swap = from.memswap_limit.value;
  to.nano_cpus = std::llround(from.cpus * 1e9);
  to.pids_max = from.pids_limit;
  if (from.deploy && from.deploy->resources.limits) {
    const ResourceSet& limits = *from.deploy->resources.limits;
    if (limits.memory.value != 0) to.memory_max = limits.memory.value;
    if (limits.cpus != 0) to.nano_cpus = std::llround(limits.cpus * 1e9);
    if (limits.pids != 0) to.pids_max = limits.pids;
  }
  if (from.deploy && from.deploy->resources.reservations && from.deploy->resources.reservations->memory.value != 0) {
    to.memory_low = from.deploy->resources.reservations->memory.value;
  }
  to.cpu_shares = from.cpu_shares;
  to.cpu_period_us = from.cpu_period;
  to.cpu_quota_us = from.cpu_quota;
  to.cpuset = from.cpuset;
  if (from.mem_swappiness) to.memory_swappiness = from.mem_swappiness->value;
  if (from.blkio_config) set_device_limits(to, *from.blkio_config);
  to.realtime_period_us = from.cpu_rt_period;
  to.realtime_runtime_us = from.cpu_rt_runtime;
  to.oom_score_adj = static_cast<int>(from.oom_score_adj);
  to.oom_kill_disable = from.oom_kill_disable;
}

std::vector<model::Attachment> attachments_of(const Project& project, const Service& service) {
  std::vector<model::Attachment> attachments;
  for (const auto& [key, settings] : service.networks) {
    const auto network = project.networks.find(key);
    model::Attachment attachment{.network = network == project.networks.end() ? key : network->second.name};
    attachment.aliases = {service.name};
    attachment.links = links_of(project, service, key);
    if (settings) {
      attachment.aliases.insert(attachment.aliases.end(), settings->aliases.begin(), settings->aliases.end());
      attachment.ipv4_address = settings->ipv4_address;
      attachment.ipv6_address = settings->ipv6_address;
      attachment.mac_address = settings->mac_address;
      attachment.interface_name = settings->interface_name;
      attachment.link_local_ips = settings->link_local_ips;
      attachment.driver_opts = {settings->driver_opts.begin(), settings->driver_opts.end()};
      auto option = attachment.driver_opts.extract(std::string{model::kInterfaceOption});
      if (option && attachment.interface_name.empty()) attachment.interface_name = std::move(option.mapped());
      attachment.gateway_priority = static_cast<int>(settings->gw_priority);
      attachment.priority = static_cast<int>(settings->priority);
    }
    attachments.push_back(std::move(attachment));
  }
  // The service-level address belongs to the network of the highest priority, ties by name.
  if (!service.mac_address.empty() && !attachments.empty()) {
    auto first = attachments.begin();
    for (auto it = attachments.begin(); it != attachments.end(); ++it) {
      if (it->priority > first->priority) first = it;
    }
    if (first->mac_address.empty()) first->mac_address = service.mac_address;
  }
  return attachments;
}

}  // namespace

bool is_name_of(const Project& project, const Service& service, int number, const std::string& name) {
  const Project other{.name = project.name, .separator = project.separator == "-" ? "_" : "-"};
  return name == container_name(project, service, number) || name == container_name(other, service, number);
}

namespace {

void set_network(model::ContainerSpec& spec, const Project& project, const Service& service) {
  spec.networks = attachments_of(project, service);
  // The one of the highest priority, ties by name, is the container's own.
  if (const auto first = std::ranges::max_element(spec.networks, {}, &model::Attachment::priority);
      first != spec.networks.end() && first != spec.networks.begin()) {
    spec.asked_network = first->network;
  }
  if (const std::string name = network_of_mode(service); !name.empty()) {
    spec.networks = {{.network = name}};
  } else {
    spec.network_mode = shared_mode(project, service.network_mode);
  }
  for (const ServicePort& port : service.ports) spec.ports.push_back(port_of(port));
  // What is no port has been warned of, and says nothing.
  std::ranges::copy_if(service.expose, std::back_inserter(spec.expose), [](const std::string& port) {
    return !port.empty() && port.find_first_not_of("0123456789-") >= std::min(port.find('/'), port.size());
  });
  spec.dns = service.dns;
  spec.dns_search = service.dns_search;
  spec.dns_options = service.dns_opt;
  for (const auto& [host, addresses] : service.extra_hosts) {
    for (const std::string& address : addresses) spec.extra_hosts.push_back(host + "=" + address);
  }
}

// Namespaces, capabilities, limits of the kernel and devices.
void set_rights(model::ContainerSpec& spec, const Project& project, const Service& service) {
  spec.pid_mode = shared_mode(project, service.pid);
  spec.ipc_mode = shared_mode(project, service.ipc);
  spec.uts_mode = service.uts;
  spec.cgroup_mode = service.cgroup;
  spec.userns_mode = service.userns_mode;
  spec.cgroup_parent = service.cgroup_parent;
  spec.privileged = service.privileged;
  const model::CapabilityChange capabilities = model::capability_change(service.cap_add, service.cap_drop);
  spec.cap_add = {capabilities.added.begin(), capabilities.added.end()};
  spec.cap_drop = {capabilities.dropped.begin(), capabilities.dropped.end()};
  spec.security_opt = service.security_opt;
  spec.sysctls = service.sysctls;
  for (const auto& [name, limit] : service.ulimits) spec.ulimits[ulimit_name(name)] = {limit.soft, limit.hard};
  for (const DeviceMapping& device : service.devices) {
    if (is_device_name(device)) {
      spec.device_requests.push_back({.driver = "cdi", .device_ids = {device.source}});
    } else {
      spec.devices.push_back({device.source, device.target, device.permissions.empty() ? "rwm" : device.permissions});
    }
  }
  for (const DeviceRequest& request : service.gpus) spec.device_requests.push_back(device_request(request, "gpu"));
  if (service.deploy && service.deploy->resources.reservations) {
    for (const DeviceRequest& request : service.deploy->resources.reservations->devices)
      spec.device_requests.push_back(device_request(request, {}));
  }
  spec.storage_options = service.storage_opt;
  spec.device_rules = service.device_cgroup_rules;
}

}  // namespace

namespace {

// A part of the engine's API, at Docker's well-known socket unless the service mounts it elsewhere.
void set_socket(model::ContainerSpec& spec, const Service& service) {
  const auto scope = parse_word<model::ApiScope>(socket_scope(service));
  if (!scope || *scope == model::ApiScope::all) return;
  spec.api_scope = *scope;
  const bool mounted = std::ranges::any_of(spec.mounts, [](const model::Mount& mount) {
    return mount.kind == model::MountKind::bind &&
           (model::is_docker_socket(mount.source) || mount.source.ends_with("/stackd.sock"));
  });
  if (mounted) return;
  spec.mounts.push_back({.kind = model::MountKind::bind,
                         .source = model::kDockerSocket,
                         .target = model::kDockerSocket,
                         .create_host_path = false});
}

}  // namespace

model::ContainerSpec container_spec(const Project& project, const Service& service, int number,
                                    const std::string& image_id, const std::string& hash) {
  model::ContainerSpec spec;
  spec.name = container_name(project, service, number);
  spec.image = image_reference(project, service);
  spec.image_id = image_id;
  spec.entrypoint = service.entrypoint;
  spec.command = service.command;
  spec.environment = service.environment;
  spec.user = service.user;
  spec.group_add = service.group_add;
  spec.working_dir = service.working_dir;
  spec.hostname = service.hostname;
  spec.domainname = service.domainname;
  spec.labels = labels_of(project, service, number, image_id);
  spec.annotations = service.annotations;
  spec.tty = service.tty;
  spec.stdin_open = service.stdin_open;
  spec.init = service.init;
  spec.stop_signal = service.stop_signal;
  spec.stop_grace = service.stop_grace_period;
  for (const ServiceMount& mount : service.volumes) spec.mounts.push_back(mount_of(project, mount));
  for (const std::string& text : service.tmpfs) spec.mounts.push_back(tmpfs_of(text));
  set_socket(spec, service);
  add_grants(spec, service.secrets, project.secrets, "/run/secrets/");
  add_grants(spec, service.configs, project.configs, "/");
  spec.volumes_from = volumes_from(project, service);
  spec.shm_size = service.shm_size.value;
  spec.read_only = service.read_only;
  set_network(spec, project, service);
  set_rights(spec, project, service);
  set_resources(spec.resources, service);
  spec.restart = restart_of(service);
  spec.healthcheck = healthcheck_of(service);
  if (service.logging) {
    if (!service.logging->driver.empty()) spec.log.driver = service.logging->driver;
    spec.log.options = service.logging->options;
  }
  spec.project = project.name;
  spec.service = service.name;
  spec.replica = number;
  spec.config_hash = hash;
  return spec;
}

model::ContainerSpec one_off_spec(const Project& project, const Service& service, const model::OneOff& one_off,
                                  const std::string& image_id) {
  model::ContainerSpec spec = container_spec(project, service, 1, image_id, {});
  spec.name = one_off.name;
  spec.one_off = true;
  spec.labels["com.docker.compose.oneoff"] = "True";
  spec.labels["com.docker.compose.slug"] = one_off.slug;
  spec.labels.erase("com.docker.compose.config-hash");
  spec.restart = {};
  spec.auto_remove = one_off.auto_remove;
  spec.attach_stdin = spec.stdin_once = one_off.attach_stdin;
  spec.attach_stdout = spec.attach_stderr = one_off.attach_output;
  spec.terminal_rows = one_off.terminal_rows;
  spec.terminal_columns = one_off.terminal_columns;
  if (one_off.use_aliases) return spec;
  for (model::Attachment& attachment : spec.networks) attachment.aliases.clear();
  return spec;
}

std::string mounted_image(const Project& project, const ServiceMount& mount) {
  const auto service = project.services.find(mount.source);
  return service == project.services.end() ? mount.source : image_reference(project, service->second);
}

model::DeviceRequest device_request(const DeviceRequest& from, const std::string& capability) {
  model::DeviceRequest request{
      .driver = from.driver, .count = from.count, .device_ids = from.device_ids, .options = from.options};
  Strings words = from.capabilities;
  if (!capability.empty() && std::find(words.begin(), words.end(), capability) == words.end())
    words.push_back(capability);
  if (!words.empty()) request.capabilities = {std::move(words)};
  if (request.count == 0 && request.device_ids.empty()) request.count = -1;
  return request;
}

bool is_device_name(const DeviceMapping& device) {
  const std::size_t slash = device.source.find('/'), equals = device.source.find('=');
  return slash != std::string::npos && slash != 0 && equals != std::string::npos && slash < equals &&
         device.source == device.target;
}

}  // namespace stack::compose
