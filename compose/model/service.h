// One service of a project: what its containers are made from, in canonical form (Compose services specification).
//
// Every short form has become its long one, paths are absolute, environment values are resolved. An optional tells "not
// said" from "said to be empty" where the two differ; elsewhere the empty value means "not said". Members stand in the
// order in which `config` prints them.
#pragma once

#include "compose/model/build.h"
#include "compose/model/deploy.h"
#include "compose/model/develop.h"
#include "compose/model/health.h"
#include "compose/model/mount.h"
#include "compose/model/place.h"
#include "compose/model/project_network.h"

namespace stack::compose {

enum class DependencyCondition { started, healthy, completed };
// "service_started", "service_healthy", "service_completed_successfully".
std::string_view to_text(DependencyCondition condition);
std::optional<DependencyCondition> parse_condition(std::string_view text);

struct Dependency {
  DependencyCondition condition = DependencyCondition::started;
  bool restart = false;
  bool required = true;
  Extensions extensions;
  bool operator==(const Dependency&) const = default;
};

struct Provider {
  std::string type;
  std::map<std::string, Strings> options;
  Extensions extensions;
  bool operator==(const Provider&) const = default;
};

struct CredentialSpec {
  std::string config, file, registry;
  Extensions extensions;
  bool operator==(const CredentialSpec&) const = default;
};

struct Logging {
  std::string driver;
  Mapping options;
  Extensions extensions;
  bool operator==(const Logging&) const = default;
};

struct EnvFile {
  std::string path;  // absolute
  bool required = true;
  std::string format;  // "" or raw
  Extensions extensions;
  bool operator==(const EnvFile&) const = default;
};

struct ServiceModel {
  std::string endpoint_var, model_var;
  Extensions extensions;
  bool operator==(const ServiceModel&) const = default;
};

struct Service {
  std::string name;  // its key; not printed
  Strings profiles;
  Mapping annotations;
  std::optional<bool> attach;  // unset: true
  std::optional<Build> build;
  std::optional<Develop> develop;
  std::optional<BlkioConfig> blkio_config;
  Strings cap_add, cap_drop;
  std::string cgroup_parent, cgroup;
  std::int64_t cpu_count = 0;
  double cpu_percent = 0;
  std::int64_t cpu_period = 0, cpu_quota = 0;  // microseconds
  std::int64_t cpu_rt_period = 0, cpu_rt_runtime = 0;
  double cpus = 0;  // processors, 0: no limit
  std::string cpuset;
  std::int64_t cpu_shares = 0;
  Command command;
  std::vector<FileGrant> configs;
  std::string container_name;
  std::optional<CredentialSpec> credential_spec;
  // Explicit ones and those that other attributes imply. One that is not required may name a service that is not
  // active.
  std::map<std::string, Dependency> depends_on;
  std::optional<Deploy> deploy;
  Strings device_cgroup_rules;
  std::vector<DeviceMapping> devices;
  Strings dns, dns_opt, dns_search;
  std::string domainname;
  Command entrypoint;  // set: the image's command is not used
  std::optional<Provider> provider;
  Environment environment;
  std::vector<EnvFile> env_file;  // empty once their values are in `environment`
  Strings expose;
  Strings external_links;
  ExtraHosts extra_hosts;
  Strings group_add;
  std::vector<DeviceRequest> gpus;
  std::string hostname;
  std::optional<Healthcheck> healthcheck;
  std::string image;
  std::optional<bool> init;
  std::string ipc;
  std::string isolation;
  Mapping labels;
  Strings label_file;  // empty once their values are in `labels`
  Strings links;
  std::optional<Logging> logging;
  Bytes mem_limit, mem_reservation;
  Bytes memswap_limit;                  // memory plus swap, -1: unlimited
  std::optional<Bytes> mem_swappiness;  // a percentage, though printed as sizes are
  std::string mac_address;
  std::map<std::string, std::optional<ServiceModel>> models;
  std::string network_mode;
  std::map<std::string, std::optional<ServiceNetwork>> networks;
  bool oom_kill_disable = false;
  std::int64_t oom_score_adj = 0;
  std::string pid;
  std::int64_t pids_limit = 0;  // -1: unlimited
  std::string platform;
  std::vector<ServicePort> ports;
  bool privileged = false;
  std::string pull_policy;
  std::string pull_refresh_after;
  bool read_only = false;
  std::string restart;  // no, always, on-failure[:n], unless-stopped
  std::string runtime;
  std::optional<std::int64_t> scale;
  std::vector<FileGrant> secrets;
  Strings security_opt;
  Bytes shm_size;
  bool stdin_open = false;
  std::optional<Nanos> stop_grace_period;
  std::string stop_signal;
  Mapping storage_opt;
  Mapping sysctls;
  Strings tmpfs;
  bool tty = false;
  Ulimits ulimits;
  bool use_api_socket = false;
  std::string user;
  std::string userns_mode, uts;
  std::vector<ServiceMount> volumes;
  Strings volumes_from;
  std::string working_dir;
  std::vector<Hook> pre_start, post_start, pre_stop;
  Extensions extensions;

  // Where each attribute stands, for mistakes that come to light after loading: "image", "ports", "ports[1]",
  // "networks.inner"; "" is the service itself. No part of what the service is.
  Places places;

  // The place of `attribute`, else of the nearest attribute around it, else of the service.
  [[nodiscard]] const SourcePlace& place_of(std::string_view attribute) const;
  // How many containers are wanted: `deploy.replicas`, else `scale`, else 1.
  [[nodiscard]] std::int64_t replicas() const;

  bool operator==(const Service&) const = default;
};

}  // namespace stack::compose
