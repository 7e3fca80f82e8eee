// What `container run` and `create` say of a container, as the words of Docker's command line. Values; nothing is checked yet.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace stack::cli {

struct ContainerFlags {
  using Words = std::vector<std::string>;
  using Word = std::optional<std::string>;

  std::string image;
  Words command;
  std::string name, platform, pull = "missing", cidfile;
  bool quiet = false;

  // The process.
  Words env, env_files, attach, ulimits, group_add;
  Word entrypoint, stop_timeout;
  std::string user, workdir, hostname, domainname, stop_signal, restart;
  bool interactive = false, tty = false, remove = false, init = false;
  Word health_cmd, health_interval, health_timeout, health_start_period, health_start_interval, health_retries;
  bool no_healthcheck = false;
  Words labels, label_files, annotations;

  // Files.
  Words volumes, mounts, tmpfs, volumes_from, storage_opts;
  std::string volume_driver;
  Word shm_size;
  bool read_only = false;

  // Networks.
  Words networks, network_aliases, links, link_local_ips, publish, expose, dns, dns_options, dns_search, add_hosts;
  std::string ip, ip6, mac_address;
  bool publish_all = false;

  // Limits.
  Word memory, memory_reservation, memory_swap, memory_swappiness, kernel_memory, cpus, cpu_shares, cpu_period,
      cpu_quota, cpu_rt_period, cpu_rt_runtime, pids_limit, oom_score_adj, blkio_weight;
  std::string cpuset_cpus, cpuset_mems, cgroup_parent;
  Words blkio_weight_devices, device_read_bps, device_write_bps, device_read_iops, device_write_iops;
  bool oom_kill_disable = false;

  // Rights, devices and namespaces.
  Words cap_add, cap_drop, security_opts, devices, device_cgroup_rules, sysctls, gpus, log_opts;
  std::string pid, ipc, uts, userns, cgroupns, runtime, isolation, log_driver;
  bool privileged = false, use_api_socket = false;
};

}  // namespace stack::cli
