// The subjects, one function each. Only for admission.cc.
#pragma once

#include "compose/admission/admission.h"

namespace stack::compose {

// restart, deploy.restart_policy
void check_restart(const Service& service, ServiceReport& report);
// ports, expose
void check_ports(const Service& service, ServiceReport& report);
// What network_mode and uts leave without meaning, mac addresses and interfaces of networks.
void check_network_modes(const Service& service, ServiceReport& report);
void check_network_places(const Service& service, ServiceReport& report);
// dns, extra_hosts, hostname
void check_addresses(const Service& service, ServiceReport& report);
// user, working_dir, stop_signal, stop_grace_period
void check_process(const Service& service, ServiceReport& report);
// healthcheck
void check_health(const Service& service, ServiceReport& report);
// logging
void check_logging(const Service& service, ServiceReport& report);
// Memory, processors, pids, block devices.
void check_limits(const Service& service, const Machine& machine, ServiceReport& report);
void check_ulimits(const Service& service, ServiceReport& report);
// cap_add, cap_drop, security_opt, devices, device_cgroup_rules
void check_capabilities(const Service& service, ServiceReport& report);
void check_sysctls(const Service& service, ServiceReport& report);
// uid, gid and mode of secrets and configs, tmpfs, options of mounts, volumes_from
void check_files(const Service& service, ServiceReport& report);
// Zero bytes, anywhere.
void check_texts(const Service& service, ServiceReport& report);
// Top-level networks and volumes.
void check_networks(const Project& project, std::vector<Objection>& out);
void check_volumes(const Project& project, std::vector<Objection>& out);

}  // namespace stack::compose
