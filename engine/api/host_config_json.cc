// HostConfig of a container that is created: limits, rights, namespaces.
#include <array>

#include <arpa/inet.h>

#include "base/model/container_text.h"
#include "base/model/model_words.h"
#include "engine/api/codec_json.h"
#include "engine/api/console_size_json.h"
#include "engine/api/container_creation_json.h"

namespace stack::api {

using nlohmann::json;
using Texts = std::vector<std::string>;

namespace {

constexpr const char* kHost = "HostConfig";

void refuse_all(const json& host) {
  for (const char* key : {"Cgroup", "KernelMemoryTCP"}) refuse_member(host, key, kHost);
  const auto driver = member_of<std::string>(host, "VolumeDriver");
  if (!driver.empty() && driver != "local") refuse_member(host, "VolumeDriver", kHost);
  const auto runtime = member_of<std::string>(host, "Runtime");
  if (!runtime.empty() && !model::is_own_runtime(runtime))
    throw Error(ErrorKind::invalid, "unknown or invalid runtime name: " + runtime).remedy("leave it out");
  const auto isolation = member_of<std::string>(host, "Isolation");
  if (!isolation.empty() && isolation != "default")
    throw Error(ErrorKind::invalid, "invalid isolation (" + isolation + "): linux only supports 'default'")
        .remedy("leave it out");
}

void read_security(const json& host, model::ContainerSpec& spec) {
  spec.privileged = member_of<bool>(host, "Privileged");
  spec.cap_add = member_of<Texts>(host, "CapAdd");
  spec.cap_drop = member_of<Texts>(host, "CapDrop");
  spec.security_opt = member_of<Texts>(host, "SecurityOpt");
  const auto shown = [&](const char* key) {
    const auto found = host.find(key);
    if (found == host.end() || found->is_null()) return false;
    if (!found->empty()) {
      throw Error(ErrorKind::unsupported, std::string{"HostConfig."} + key + " with paths of its own is not supported")
          .remedy("leave it out, or give an empty list for both MaskedPaths and ReadonlyPaths");
    }
    return true;
  };
  const bool unmasked = shown("MaskedPaths");
  if (unmasked != shown("ReadonlyPaths")) {
    throw Error(ErrorKind::unsupported, "one of HostConfig.MaskedPaths and ReadonlyPaths alone is not supported")
        .remedy("give an empty list for both, or for none");
  }
  if (unmasked) spec.security_opt.emplace_back("systempaths=unconfined");
}

void read_ulimits(const json& host, model::ContainerSpec& spec) {
  for (const json& each : member_of<std::vector<json>>(host, "Ulimits")) {
    const auto name = member_of<std::string>(each, "Name");
    const model::Ulimit limit{member_of<std::int64_t>(each, "Soft"), member_of<std::int64_t>(each, "Hard")};
    if (limit.hard != -1 && (limit.soft > limit.hard || limit.soft == -1)) {
      throw Error(ErrorKind::invalid, "ulimit soft limit must be less than or equal to hard limit: " +
                                          std::to_string(limit.soft) + " > " + std::to_string(limit.hard));
    }
    spec.ulimits[name] = limit;
  }
}

void read_devices(const json& host, model::ContainerSpec& spec) {
  for (const json& each : member_of<std::vector<json>>(host, "Devices")) {
    model::Device device{member_of<std::string>(each, "PathOnHost"), member_of<std::string>(each, "PathInContainer"),
                         member_of<std::string>(each, "CgroupPermissions")};
    if (device.target.empty()) device.target = device.source;
    if (device.permissions.empty()) device.permissions = "rwm";
    spec.devices.push_back(std::move(device));
  }
  spec.device_rules = member_of<Texts>(host, "DeviceCgroupRules");
  for (const json& each : member_of<std::vector<json>>(host, "DeviceRequests")) {
    spec.device_requests.push_back({.driver = member_of<std::string>(each, "Driver"),
                                    .count = member_of<std::int64_t>(each, "Count"),
                                    .device_ids = member_of<Texts>(each, "DeviceIDs"),
                                    .capabilities = member_of<std::vector<Texts>>(each, "Capabilities"),
                                    .options = member_of<std::map<std::string, std::string>>(each, "Options")});
    if (spec.device_requests.back().count != 0 && !spec.device_requests.back().device_ids.empty())
      throw Error(ErrorKind::invalid, "cannot set both Count and DeviceIDs on device request");
  }
}

void read_spaces(const json& host, model::ContainerSpec& spec) {
  const auto mode = [&](const char* key) { return member_of<std::string>(host, key); };
  spec.pid_mode = mode("PidMode");
  spec.ipc_mode = mode("IpcMode");
  spec.uts_mode = mode("UTSMode");
  spec.cgroup_mode = mode("CgroupnsMode");
  spec.userns_mode = mode("UsernsMode");
  spec.cgroup_parent = mode("CgroupParent");
}

// "name:address", with colons in the address; ours has the first as '='.
void read_extra_hosts(const json& host, model::ContainerSpec& spec) {
  for (std::string entry : member_of<Texts>(host, "ExtraHosts")) {
    const std::size_t colon = entry.find(':');
    if (colon == std::string::npos || colon == 0)
      throw Error(ErrorKind::invalid, "bad format for add-host: \"" + entry + "\"");
    const std::string address = entry.substr(colon + 1);
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    const bool is_address = ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1 ||
                            ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
    if (!is_address && address != "host-gateway")
      throw Error(ErrorKind::invalid, "invalid IP address in add-host: \"" + address + "\"");
    entry[colon] = '=';
    spec.extra_hosts.push_back(std::move(entry));
  }
}

void read_log(const json& host, model::ContainerSpec& spec) {
  const json log = member_of<json>(host, "LogConfig", json::object());
  if (const auto type = member_of<std::string>(log, "Type"); !type.empty()) spec.log.driver = type;
  spec.log.options = member_of<std::map<std::string, std::string>>(log, "Config");
}

}  // namespace

model::RestartPolicy read_restart_policy(const json& policy) {
  const auto name = member_of<std::string>(policy, "Name");
  model::RestartPolicy read;
  if (!name.empty()) {
    const auto kind = parse_word<model::RestartKind>(name);
    if (!kind) {
      throw Error(ErrorKind::invalid, "invalid restart policy: unknown policy '" + name +
                                          "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
    }
    read.kind = *kind;
  }
  read.max_attempts = member_of<int>(policy, "MaximumRetryCount");
  const std::string negative = read.max_attempts < 0 ? "cannot be negative" : "";
  if (read.max_attempts != 0 && read.kind != model::RestartKind::on_failure) {
    throw Error(ErrorKind::invalid, "invalid restart policy: maximum retry count can only be used with 'on-failure'" +
                                        (negative.empty() ? "" : " and " + negative));
  }
  if (!negative.empty()) throw Error(ErrorKind::invalid, "invalid restart policy: maximum retry count " + negative);
  return read;
}

void read_host_config(const json& host, model::ContainerSpec& spec) {
  refuse_all(host);
  spec.resources = read_resources(host, LimitsOf::creation);
  spec.restart = read_restart_policy(member_of<json>(host, "RestartPolicy", json::object()));
  spec.auto_remove = member_of<bool>(host, "AutoRemove");
  if (spec.auto_remove && spec.restart.kind != model::RestartKind::no)
    throw Error(ErrorKind::invalid, "can't create 'AutoRemove' container with restart policy");
  if (const auto init = host.find("Init"); init != host.end() && !init->is_null())
    spec.init = member_of<bool>(host, "Init");
  read_console_size(host, spec.terminal_rows, spec.terminal_columns);
  spec.group_add = member_of<Texts>(host, "GroupAdd");
  spec.read_only = member_of<bool>(host, "ReadonlyRootfs");
  spec.shm_size = member_of<std::int64_t>(host, "ShmSize");
  if (spec.shm_size < 0) throw Error(ErrorKind::invalid, "SHM size can not be less than 0");
  spec.dns = member_of<Texts>(host, "Dns");
  spec.dns_search = member_of<Texts>(host, "DnsSearch");
  spec.dns_options = member_of<Texts>(host, "DnsOptions");
  read_extra_hosts(host, spec);
  spec.sysctls = member_of<std::map<std::string, std::string>>(host, "Sysctls");
  spec.annotations = member_of<std::map<std::string, std::string>>(host, "Annotations");
  spec.storage_options = member_of<std::map<std::string, std::string>>(host, "StorageOpt");
  spec.volumes_from = member_of<Texts>(host, "VolumesFrom");
  read_security(host, spec);
  read_ulimits(host, spec);
  read_devices(host, spec);
  read_spaces(host, spec);
  read_log(host, spec);
}

}  // namespace stack::api
