// Members of a service and of its small parts. Only by way of fields.h.
#pragma once

#include "compose/model/same.h"
#include "compose/model/service.h"

namespace stack::compose {

template <class F>
void visit(Same<Healthcheck> auto& it, F&& field) {
  field("test", it.test);
  field("timeout", it.timeout);
  field("interval", it.interval);
  field("retries", it.retries);
  field("start_period", it.start_period);
  field("start_interval", it.start_interval);
  field("disable", it.disable);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Dependency> auto& it, F&& field) {
  field("condition", it.condition);
  field("restart", it.restart);
  field("required", it.required);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Provider> auto& it, F&& field) {
  field("type", it.type);
  field("options", it.options);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<CredentialSpec> auto& it, F&& field) {
  field("config", it.config);
  field("file", it.file);
  field("registry", it.registry);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Logging> auto& it, F&& field) {
  field("driver", it.driver);
  field("options", it.options);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<EnvFile> auto& it, F&& field) {
  field("path", it.path);
  field("required", it.required);
  field("format", it.format);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<ServiceModel> auto& it, F&& field) {
  field("endpoint_var", it.endpoint_var);
  field("model_var", it.model_var);
  field("extensions", it.extensions);
}

// Table: the attributes of a service.
template <class F>
void visit(Same<Service> auto& it, F&& field) {
  field("name", it.name);
  field("profiles", it.profiles);
  field("annotations", it.annotations);
  field("attach", it.attach);
  field("build", it.build);
  field("develop", it.develop);
  field("blkio_config", it.blkio_config);
  field("cap_add", it.cap_add);
  field("cap_drop", it.cap_drop);
  field("cgroup_parent", it.cgroup_parent);
  field("cgroup", it.cgroup);
  field("cpu_count", it.cpu_count);
  field("cpu_percent", it.cpu_percent);
  field("cpu_period", it.cpu_period);
  field("cpu_quota", it.cpu_quota);
  field("cpu_rt_period", it.cpu_rt_period);
  field("cpu_rt_runtime", it.cpu_rt_runtime);
  field("cpus", it.cpus);
  field("cpuset", it.cpuset);
  field("cpu_shares", it.cpu_shares);
  field("command", it.command);
  field("configs", it.configs);
  field("container_name", it.container_name);
  field("credential_spec", it.credential_spec);
  field("depends_on", it.depends_on);
  field("deploy", it.deploy);
  field("device_cgroup_rules", it.device_cgroup_rules);
  field("devices", it.devices);
  field("dns", it.dns);
  field("dns_opt", it.dns_opt);
  field("dns_search", it.dns_search);
  field("domainname", it.domainname);
  field("entrypoint", it.entrypoint);
  field("provider", it.provider);
  field("environment", it.environment);
  field("env_file", it.env_file);
  field("expose", it.expose);
  field("external_links", it.external_links);
  field("extra_hosts", it.extra_hosts);
  field("group_add", it.group_add);
  field("gpus", it.gpus);
  field("hostname", it.hostname);
  field("healthcheck", it.healthcheck);
  field("image", it.image);
  field("init", it.init);
  field("ipc", it.ipc);
  field("isolation", it.isolation);
  field("labels", it.labels);
  field("label_file", it.label_file);
  field("links", it.links);
  field("logging", it.logging);
  field("mem_limit", it.mem_limit);
  field("mem_reservation", it.mem_reservation);
  field("memswap_limit", it.memswap_limit);
  field("mem_swappiness", it.mem_swappiness);
  field("mac_address", it.mac_address);
  field("models", it.models);
  field("network_mode", it.network_mode);
  field("networks", it.networks);
  field("oom_kill_disable", it.oom_kill_disable);
  field("oom_score_adj", it.oom_score_adj);
  field("pid", it.pid);
  field("pids_limit", it.pids_limit);
  field("platform", it.platform);
  field("ports", it.ports);
  field("privileged", it.privileged);
  field("pull_policy", it.pull_policy);
  field("pull_refresh_after", it.pull_refresh_after);
  field("read_only", it.read_only);
  field("restart", it.restart);
  field("runtime", it.runtime);
  field("scale", it.scale);
  field("secrets", it.secrets);
  field("security_opt", it.security_opt);
  field("shm_size", it.shm_size);
  field("stdin_open", it.stdin_open);
  field("stop_grace_period", it.stop_grace_period);
  field("stop_signal", it.stop_signal);
  field("storage_opt", it.storage_opt);
  field("sysctls", it.sysctls);
  field("tmpfs", it.tmpfs);
  field("tty", it.tty);
  field("ulimits", it.ulimits);
  field("use_api_socket", it.use_api_socket);
  field("user", it.user);
  field("userns_mode", it.userns_mode);
  field("uts", it.uts);
  field("volumes", it.volumes);
  field("volumes_from", it.volumes_from);
  field("working_dir", it.working_dir);
  field("pre_start", it.pre_start);
  field("post_start", it.post_start);
  field("pre_stop", it.pre_stop);
  field("extensions", it.extensions);
}

}  // namespace stack::compose
