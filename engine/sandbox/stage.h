// The steps at which a start can fail; their words are in launch_stage.h.
#pragma once

#include <cstdint>

namespace stack::sandbox {

enum class Stage : std::int32_t {
  none = 0,
  plan,    // reading the launch plan
  socket,  // the shim's own socket
  folder,  // folders of the container
  file,    // files written for the container
  log,     // opening the log
  cgroup_create,
  cgroup_limit,
  cgroup_join,
  device_filter,
  stdio,
  clone,  // the process with its namespaces
  join_namespace,
  network_link,     // the shim's half: veths
  network_address,  // the child's half: addresses and routes
  network_filter,
  dns_socket,
  hostname,
  bind_source,
  layer,
  root_mount,
  root_pivot,
  mount_target,
  mount,
  device,
  terminal,
  mask,
  sysctl,
  rlimit,
  oom_score,
  user,  // no such user; detail is the name
  group,
  credentials,
  capabilities,
  seccomp,
  apparmor,
  working_dir,
  lookup,  // the program is nowhere on PATH, or does not exist
  exec,    // the program exists but the kernel refuses it
  killed,  // the child vanished without a word
  engine_gone,
  limit  // a bound of the shim is reached
};
inline constexpr std::int32_t kStageCount = static_cast<std::int32_t>(Stage::limit) + 1;

}  // namespace stack::sandbox
