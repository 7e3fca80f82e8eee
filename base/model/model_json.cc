#include "base/model/model_json.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model/model_words.h"
#include "base/thrown.h"

namespace nlohmann {

// Enums are words. Stores of engines before 0.1.0 have numbers, which are read as well: the places in the lists.
template <stack::Worded E>
struct adl_serializer<E> {
  static void to_json(json& j, E value) { j = stack::to_word(value); }
  static void from_json(const json& j, E& value) {
    constexpr auto kWords = words_of(E{});
    if (j.is_number_unsigned()) {
      const auto number = j.get<std::uint64_t>();
      if (number >= kWords.size()) throw_unknown(j);
      value = kWords[number].value;
      return;
    }
    const auto known = stack::parse_word<E>(j.get_ref<const std::string&>());
    if (!known) throw_unknown(j);
    value = *known;
  }

 private:
  [[noreturn]] static void throw_unknown(const json& j) {
    throw stack::Error(stack::ErrorKind::invalid, "unknown value " + j.dump() + " of an enumeration");
  }
};

template <>
struct adl_serializer<stack::Nanos> {
  static void to_json(json& j, const stack::Nanos& value) { j = value.count(); }
  static void from_json(const json& j, stack::Nanos& value) { value = stack::Nanos{j.get<std::int64_t>()}; }
};

template <>
struct adl_serializer<stack::Wall> {
  static void to_json(json& j, const stack::Wall& value) { j = value.time_since_epoch().count(); }
  static void from_json(const json& j, stack::Wall& value) { value = stack::Wall{stack::Nanos{j.get<std::int64_t>()}}; }
};

template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& j, const std::optional<T>& value) {
    if (value) {
      j = *value;
    } else {
      j = nullptr;
    }
  }
  static void from_json(const json& j, std::optional<T>& value) {
    if (j.is_null()) {
      value.reset();
    } else {
      value = j.get<T>();
    }
  }
};

}  // namespace nlohmann

namespace stack::model {
namespace {

using nlohmann::json;

// A member is written when it differs from its default, and read when it is there: the two directions of one table.
struct ModelWriter {
  json& out;
  template <class T>
  void operator()(const char* name, const T& value, const T& unset) const {
    if (!(value == unset)) out[name] = value;
  }
};
struct ModelReader {
  const json& in;
  template <class T>
  void operator()(const char* name, T& value, const T&) const {
    if (const auto found = in.find(name); found != in.end()) found->get_to(value);
  }
};

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Mount> {
  const Mount d;
  io("kind", v.kind, d.kind);
  io("source", v.source, d.source);
  io("target", v.target, d.target);
  io("read_only", v.read_only, d.read_only);
  io("create_host_path", v.create_host_path, d.create_host_path);
  io("no_copy", v.no_copy, d.no_copy);
  io("subpath", v.subpath, d.subpath);
  io("propagation", v.propagation, d.propagation);
  io("tmpfs_size", v.tmpfs_size, d.tmpfs_size);
  io("tmpfs_mode", v.tmpfs_mode, d.tmpfs_mode);
  io("tmpfs_options", v.tmpfs_options, d.tmpfs_options);
  io("mode", v.mode, d.mode);
  io("declared", v.declared, d.declared);
  io("long_form", v.long_form, d.long_form);
  io("sub_mounts", v.sub_mounts, d.sub_mounts);
  io("volume_labels", v.volume_labels, d.volume_labels);
  io("image_id", v.image_id, d.image_id);
  io("source_identity", v.source_identity, d.source_identity);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, GivenFile> {
  const GivenFile d;
  io("target", v.target, d.target);
  io("content", v.content, d.content);
  io("uid", v.uid, d.uid);
  io("gid", v.gid, d.gid);
  io("mode", v.mode, d.mode);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Attachment> {
  const Attachment d;
  io("network", v.network, d.network);
  io("network_id", v.network_id, d.network_id);
  io("aliases", v.aliases, d.aliases);
  io("links", v.links, d.links);
  io("ipv4_address", v.ipv4_address, d.ipv4_address);
  io("ipv6_address", v.ipv6_address, d.ipv6_address);
  io("mac_address", v.mac_address, d.mac_address);
  io("link_local_ips", v.link_local_ips, d.link_local_ips);
  io("driver_opts", v.driver_opts, d.driver_opts);
  io("interface_name", v.interface_name, d.interface_name);
  io("gateway_priority", v.gateway_priority, d.gateway_priority);
  io("priority", v.priority, d.priority);
  io("by_command", v.by_command, d.by_command);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, PublishedPort> {
  const PublishedPort d;
  io("host_ip", v.host_ip, d.host_ip);
  io("host_first", v.host_first, d.host_first);
  io("host_last", v.host_last, d.host_last);
  io("container_port", v.container_port, d.container_port);
  io("protocol", v.protocol, d.protocol);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, RestartPolicy> {
  const RestartPolicy d;
  io("kind", v.kind, d.kind);
  io("max_attempts", v.max_attempts, d.max_attempts);
  io("delay", v.delay, d.delay);
  io("window", v.window, d.window);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Healthcheck> {
  const Healthcheck d;
  io("test", v.test, d.test);
  io("interval", v.interval, d.interval);
  io("timeout", v.timeout, d.timeout);
  io("start_period", v.start_period, d.start_period);
  io("start_interval", v.start_interval, d.start_interval);
  io("retries", v.retries, d.retries);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Ulimit> {
  const Ulimit d;
  io("soft", v.soft, d.soft);
  io("hard", v.hard, d.hard);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Device> {
  const Device d;
  io("source", v.source, d.source);
  io("target", v.target, d.target);
  io("permissions", v.permissions, d.permissions);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, DeviceLimit> {
  const DeviceLimit d;
  io("path", v.path, d.path);
  io("value", v.value, d.value);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, DeviceRequest> {
  const DeviceRequest d;
  io("driver", v.driver, d.driver);
  io("count", v.count, d.count);
  io("device_ids", v.device_ids, d.device_ids);
  io("capabilities", v.capabilities, d.capabilities);
  io("options", v.options, d.options);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Resources> {
  const Resources d;
  io("memory_max", v.memory_max, d.memory_max);
  io("memory_low", v.memory_low, d.memory_low);
  io("memory_swap", v.memory_swap, d.memory_swap);
  io("nano_cpus", v.nano_cpus, d.nano_cpus);
  io("cpu_shares", v.cpu_shares, d.cpu_shares);
  io("cpu_period_us", v.cpu_period_us, d.cpu_period_us);
  io("cpu_quota_us", v.cpu_quota_us, d.cpu_quota_us);
  io("cpuset", v.cpuset, d.cpuset);
  io("memory_nodes", v.memory_nodes, d.memory_nodes);
  io("memory_swappiness", v.memory_swappiness, d.memory_swappiness);
  io("block_weight", v.block_weight, d.block_weight);
  io("device_weights", v.device_weights, d.device_weights);
  io("read_bytes", v.read_bytes, d.read_bytes);
  io("write_bytes", v.write_bytes, d.write_bytes);
  io("read_operations", v.read_operations, d.read_operations);
  io("write_operations", v.write_operations, d.write_operations);
  io("realtime_period_us", v.realtime_period_us, d.realtime_period_us);
  io("realtime_runtime_us", v.realtime_runtime_us, d.realtime_runtime_us);
  io("pids_max", v.pids_max, d.pids_max);
  io("oom_score_adj", v.oom_score_adj, d.oom_score_adj);
  io("oom_kill_disable", v.oom_kill_disable, d.oom_kill_disable);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, LogConfig> {
  const LogConfig d;
  io("driver", v.driver, d.driver);
  io("options", v.options, d.options);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, IpamPool> {
  const IpamPool d;
  io("subnet", v.subnet, d.subnet);
  io("ip_range", v.ip_range, d.ip_range);
  io("gateway", v.gateway, d.gateway);
  io("aux_addresses", v.aux_addresses, d.aux_addresses);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Endpoint> {
  const Endpoint d;
  io("network", v.network, d.network);
  io("network_id", v.network_id, d.network_id);
  io("driver", v.driver, d.driver);
  io("ipv4", v.ipv4, d.ipv4);
  io("prefix_length", v.prefix_length, d.prefix_length);
  io("gateway", v.gateway, d.gateway);
  io("ipv6", v.ipv6, d.ipv6);
  io("ipv6_prefix_length", v.ipv6_prefix_length, d.ipv6_prefix_length);
  io("ipv6_gateway", v.ipv6_gateway, d.ipv6_gateway);
  io("mac", v.mac, d.mac);
  io("interface_name", v.interface_name, d.interface_name);
  io("host_interface", v.host_interface, d.host_interface);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, ProbeResult> {
  const ProbeResult d;
  io("started", v.started, d.started);
  io("ended", v.ended, d.ended);
  io("exit_code", v.exit_code, d.exit_code);
  io("output", v.output, d.output);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, AdoptedBridge> {
  const AdoptedBridge d;
  io("addresses", v.addresses, d.addresses);
  io("settings", v.settings, d.settings);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, PortBinding> {
  const PortBinding d;
  io("host_ip", v.host_ip, d.host_ip);
  io("host_port", v.host_port, d.host_port);
  io("container_port", v.container_port, d.container_port);
  io("protocol", v.protocol, d.protocol);
}

}  // namespace

#define STACK_MODEL_JSON(Type)                      \
  static void to_json(json& j, const Type& value) { \
    j = json::object();                             \
    members(ModelWriter{j}, value);                 \
  }                                                 \
  [[maybe_unused]] static void from_json(const json& j, Type& value) { members(ModelReader{j}, value); }
STACK_MODEL_JSON(Mount)
STACK_MODEL_JSON(GivenFile)
STACK_MODEL_JSON(Attachment)
STACK_MODEL_JSON(PublishedPort)
STACK_MODEL_JSON(RestartPolicy)
STACK_MODEL_JSON(Healthcheck)
STACK_MODEL_JSON(Ulimit)
STACK_MODEL_JSON(Device)
STACK_MODEL_JSON(DeviceLimit)
STACK_MODEL_JSON(DeviceRequest)
STACK_MODEL_JSON(Resources)
STACK_MODEL_JSON(LogConfig)
STACK_MODEL_JSON(IpamPool)
STACK_MODEL_JSON(AdoptedBridge)
STACK_MODEL_JSON(Endpoint)
STACK_MODEL_JSON(PortBinding)
STACK_MODEL_JSON(ProbeResult)
#undef STACK_MODEL_JSON

namespace {

// Its surroundings: files, networks, rights and limits.
template <class Io, class T>
void members_around(const Io& io, T& v, const ContainerSpec& d) {
  io("mounts", v.mounts, d.mounts);
  io("files", v.files, d.files);
  io("volumes_from", v.volumes_from, d.volumes_from);
  io("shm_size", v.shm_size, d.shm_size);
  io("api_scope", v.api_scope, d.api_scope);
  io("read_only", v.read_only, d.read_only);
  io("network_mode", v.network_mode, d.network_mode);
  io("asked_network", v.asked_network, d.asked_network);
  io("network_disabled", v.network_disabled, d.network_disabled);
  io("networks", v.networks, d.networks);
  io("ports", v.ports, d.ports);
  io("publish_all", v.publish_all, d.publish_all);
  io("expose", v.expose, d.expose);
  io("dns", v.dns, d.dns);
  io("dns_search", v.dns_search, d.dns_search);
  io("dns_options", v.dns_options, d.dns_options);
  io("extra_hosts", v.extra_hosts, d.extra_hosts);
  io("pid_mode", v.pid_mode, d.pid_mode);
  io("ipc_mode", v.ipc_mode, d.ipc_mode);
  io("uts_mode", v.uts_mode, d.uts_mode);
  io("cgroup_mode", v.cgroup_mode, d.cgroup_mode);
  io("userns_mode", v.userns_mode, d.userns_mode);
  io("cgroup_parent", v.cgroup_parent, d.cgroup_parent);
  io("privileged", v.privileged, d.privileged);
  io("cap_add", v.cap_add, d.cap_add);
  io("cap_drop", v.cap_drop, d.cap_drop);
  io("security_opt", v.security_opt, d.security_opt);
  io("sysctls", v.sysctls, d.sysctls);
  io("ulimits", v.ulimits, d.ulimits);
  io("devices", v.devices, d.devices);
  io("device_requests", v.device_requests, d.device_requests);
  io("storage_options", v.storage_options, d.storage_options);
  io("device_rules", v.device_rules, d.device_rules);
  io("resources", v.resources, d.resources);
  io("restart", v.restart, d.restart);
  io("healthcheck", v.healthcheck, d.healthcheck);
  io("log", v.log, d.log);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, ContainerSpec> {
  const ContainerSpec d;
  io("name", v.name, d.name);
  io("image", v.image, d.image);
  io("image_id", v.image_id, d.image_id);
  io("entrypoint", v.entrypoint, d.entrypoint);
  io("command", v.command, d.command);
  io("environment", v.environment, d.environment);
  io("environment_order", v.environment_order, d.environment_order);
  io("user", v.user, d.user);
  io("group_add", v.group_add, d.group_add);
  io("working_dir", v.working_dir, d.working_dir);
  io("hostname", v.hostname, d.hostname);
  io("domainname", v.domainname, d.domainname);
  io("labels", v.labels, d.labels);
  io("annotations", v.annotations, d.annotations);
  io("tty", v.tty, d.tty);
  io("stdin_open", v.stdin_open, d.stdin_open);
  io("terminal_rows", v.terminal_rows, d.terminal_rows);
  io("terminal_columns", v.terminal_columns, d.terminal_columns);
  io("stdin_once", v.stdin_once, d.stdin_once);
  io("init", v.init, d.init);
  io("stop_signal", v.stop_signal, d.stop_signal);
  io("stop_grace", v.stop_grace, d.stop_grace);
  io("auto_remove", v.auto_remove, d.auto_remove);
  members_around(io, v, d);
  io("project", v.project, d.project);
  io("service", v.service, d.service);
  io("replica", v.replica, d.replica);
  io("one_off", v.one_off, d.one_off);
  io("config_hash", v.config_hash, d.config_hash);
  io("attach_stdin", v.attach_stdin, d.attach_stdin);
  io("attach_stdout", v.attach_stdout, d.attach_stdout);
  io("attach_stderr", v.attach_stderr, d.attach_stderr);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, ContainerState> {
  const ContainerState d;
  io("status", v.status, d.status);
  io("health", v.health, d.health);
  io("failing_streak", v.failing_streak, d.failing_streak);
  io("pid", v.pid, d.pid);
  io("exit_code", v.exit_code, d.exit_code);
  io("oom_killed", v.oom_killed, d.oom_killed);
  io("last_exit_code", v.last_exit_code, d.last_exit_code);
  io("last_oom_killed", v.last_oom_killed, d.last_oom_killed);
  io("killed_after_ns", v.killed_after, d.killed_after);
  io("probes", v.probes, d.probes);
  io("error", v.error, d.error);
  io("started", v.started, d.started);
  io("finished", v.finished, d.finished);
  io("restart_count", v.restart_count, d.restart_count);
  io("stopped_by_user", v.stopped_by_user, d.stopped_by_user);
  io("paused_to_read", v.paused_to_read, d.paused_to_read);
  io("endpoints", v.endpoints, d.endpoints);
  io("ports", v.ports, d.ports);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Container> {
  const Container d;
  io("id", v.id, d.id);
  io("spec", v.spec, d.spec);
  io("state", v.state, d.state);
  io("created", v.created, d.created);
  io("command", v.command, d.command);
  io("exposed", v.exposed, d.exposed);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, ImageConfig> {
  const ImageConfig d;
  io("entrypoint", v.entrypoint, d.entrypoint);
  io("command", v.command, d.command);
  io("env", v.env, d.env);
  io("user", v.user, d.user);
  io("working_dir", v.working_dir, d.working_dir);
  io("stop_signal", v.stop_signal, d.stop_signal);
  io("labels", v.labels, d.labels);
  io("exposed_ports", v.exposed_ports, d.exposed_ports);
  io("volumes", v.volumes, d.volumes);
  io("healthcheck", v.healthcheck, d.healthcheck);
  io("shell", v.shell, d.shell);
  io("args_escaped", v.args_escaped, d.args_escaped);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Image> {
  const Image d;
  io("id", v.id, d.id);
  io("references", v.references, d.references);
  io("architecture", v.architecture, d.architecture);
  io("os", v.os, d.os);
  io("variant", v.variant, d.variant);
  io("created", v.created, d.created);
  io("size_bytes", v.size_bytes, d.size_bytes);
  io("layers", v.layers, d.layers);
  io("config", v.config, d.config);
  io("author", v.author, d.author);
  io("comment", v.comment, d.comment);
  io("manifest", v.manifest, d.manifest);
  io("parent", v.parent, d.parent);
  io("repo_digests", v.repo_digests, d.repo_digests);
  io("tagged", v.tagged, d.tagged);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, NetworkSpec> {
  const NetworkSpec d;
  io("name", v.name, d.name);
  io("driver", v.driver, d.driver);
  io("driver_opts", v.driver_opts, d.driver_opts);
  io("pools", v.pools, d.pools);
  io("ipam_options", v.ipam_options, d.ipam_options);
  io("internal", v.internal, d.internal);
  io("attachable", v.attachable, d.attachable);
  io("enable_ipv4", v.enable_ipv4, d.enable_ipv4);
  io("enable_ipv6", v.enable_ipv6, d.enable_ipv6);
  io("labels", v.labels, d.labels);
  io("project", v.project, d.project);
  io("key", v.key, d.key);
  io("config_hash", v.config_hash, d.config_hash);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Network> {
  const Network d;
  io("id", v.id, d.id);
  io("spec", v.spec, d.spec);
  io("pools", v.pools, d.pools);
  io("bridge", v.bridge, d.bridge);
  io("adopted", v.adopted, d.adopted);
  io("created", v.created, d.created);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, VolumeSpec> {
  const VolumeSpec d;
  io("name", v.name, d.name);
  io("driver", v.driver, d.driver);
  io("driver_opts", v.driver_opts, d.driver_opts);
  io("labels", v.labels, d.labels);
  io("project", v.project, d.project);
  io("key", v.key, d.key);
  io("config_hash", v.config_hash, d.config_hash);
  io("anonymous", v.anonymous, d.anonymous);
}

template <class Io, class T>
void members(const Io& io, T& v) requires std::same_as<std::remove_const_t<T>, Volume> {
  const Volume d;
  io("spec", v.spec, d.spec);
  io("mountpoint", v.mountpoint, d.mountpoint);
  io("created", v.created, d.created);
}

template <class T>
T parse(std::string_view text, const char* what) {
  try {
    return json::parse(text).get<T>();
  } catch (const json::exception& e) {
    throw Error(ErrorKind::invalid, std::string{"not "} + what + ": " + std::string{json_reason(e)});
  }
}

}  // namespace

#define STACK_MODEL_JSON(Type)               \
  void to_json(json& j, const Type& value) { \
    j = json::object();                      \
    members(ModelWriter{j}, value);          \
  }                                          \
  void from_json(const json& j, Type& value) { members(ModelReader{j}, value); }
STACK_MODEL_JSON(ContainerSpec)
STACK_MODEL_JSON(ContainerState)
STACK_MODEL_JSON(Container)
STACK_MODEL_JSON(ImageConfig)
STACK_MODEL_JSON(Image)
STACK_MODEL_JSON(NetworkSpec)
STACK_MODEL_JSON(Network)
STACK_MODEL_JSON(VolumeSpec)
STACK_MODEL_JSON(Volume)
#undef STACK_MODEL_JSON

void to_json(json& j, const Event& value) {
  j = json{{"sequence", value.sequence}, {"time", value.time}, {"type", value.type},
           {"action", value.action},     {"id", value.id},     {"attributes", value.attributes}};
}

void from_json(const json& j, Event& value) {
  value.sequence = j.value("sequence", value.sequence);
  value.time = j.value("time", value.time);
  value.type = j.value("type", value.type);
  value.action = j.value("action", value.action);
  value.id = j.value("id", value.id);
  value.attributes = j.value("attributes", value.attributes);
}

std::string dump(const Container& value) { return json(value).dump(-1, ' ', false, json::error_handler_t::replace); }
std::string dump(const Network& value) { return json(value).dump(-1, ' ', false, json::error_handler_t::replace); }
std::string dump(const Volume& value) { return json(value).dump(-1, ' ', false, json::error_handler_t::replace); }
std::string dump(const Image& value) { return json(value).dump(-1, ' ', false, json::error_handler_t::replace); }
std::string dump(const Event& value) { return json(value).dump(-1, ' ', false, json::error_handler_t::replace); }
Container parse_container(std::string_view text) { return parse<Container>(text, "a container"); }
Network parse_network(std::string_view text) { return parse<Network>(text, "a network"); }
Volume parse_volume(std::string_view text) { return parse<Volume>(text, "a volume"); }
Image parse_image(std::string_view text) { return parse<Image>(text, "an image"); }
Event parse_event(std::string_view text) { return parse<Event>(text, "an event"); }

}  // namespace stack::model
