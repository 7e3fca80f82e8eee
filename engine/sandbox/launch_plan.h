// A start, decided: everything that the shim and the child will do, as a value. The shim plays `prepare`, clones, and
// runs its half of the network; the child plays `root`, waits for the shim, plays its half of the network, then takes
// its identity and becomes the program. Nothing is looked up later but what only the container's own root can say (user
// names, PATH).
//
// make_launch_plan and make_exec_plan are pure. encode lays a plan out flat (flat_plan.h) for the shim, which reads it
// in place.
//
// What spec carries but the sandbox does not act on is refused with Error(unsupported) that names the key. Belonging to
// others, and therefore ignored here: labels, annotations, restart, healthcheck, ports, expose, dns*, extra_hosts
// (content of `files`), networks (`network`), volumes_from (the caller has added the mounts), stop_*, project fields.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/model/log_options.h"
#include "base/unique_fd.h"
#include "engine/sandbox/host_facts.h"
#include "engine/sandbox/launch_input.h"
#include "engine/sandbox/launch_stage.h"
#include "engine/sandbox/plan_op.h"

namespace stack::sandbox {

struct Step {
  Op op{};
  Stage stage = Stage::none;
  std::uint64_t flags = 0;
  std::int64_t number = 0;
  std::string a, b, c;
  bool operator==(const Step&) const = default;
};

struct Rlimit {
  std::int32_t resource = 0;
  std::uint64_t soft = 0, hard = 0;
  bool operator==(const Rlimit&) const = default;
};

struct CgroupTarget {
  std::string v2;               // folder of the version 2 tree, or empty
  bool clone_into = false;      // version 2 alone: by CLONE_INTO_CGROUP
  std::vector<std::string> v1;  // folders to join by cgroup.procs
};

// Who the process becomes and what it runs: common to starts and execs.
struct Identity {
  std::vector<std::string> argv, env;
  std::string user;
  std::vector<std::string> groups;
  std::string working_dir;
  std::uint64_t capabilities = 0;
  std::uint64_t last_capability = 40;
  std::vector<std::byte> seccomp;  // BPF instructions, empty: unconfined
  std::string apparmor;            // profile, empty: none
  std::vector<Rlimit> rlimits;
};

struct LaunchPlan {
  std::uint32_t flags = 0;
  std::uint64_t clone_flags = 0;
  Identity identity;
  std::vector<Step> prepare, root;
  std::vector<std::string> layers;  // topmost first
  std::string upper, work, rootfs;
  std::string container_dir, socket_path;
  std::string hostname, domainname;
  std::int32_t join_network_pid = 0, join_pid_pid = 0, join_ipc_pid = 0;
  CgroupTarget cgroup;
  std::vector<std::byte> device_filter;  // BPF program for version 2, empty: none
  model::LogSettings log;
  std::uint16_t terminal_rows = 0, terminal_columns = 0;  // when known
  model::LaunchNetwork network;
};

// Throws stack::Error: unsupported (names the key), invalid (contradictions).
LaunchPlan make_launch_plan(const LaunchInput& input, const HostFacts& facts);
// A further process in the container that `input` started: same namespaces, group, rights and user unless ExecInput
// says else. kExec is set; only identity and the cgroup matter.
LaunchPlan make_exec_plan(const LaunchInput& input, const HostFacts& facts, const ExecInput& exec);

// Throws as make_launch_plan does when this machine cannot give what security_opt, cap_add, cap_drop or ulimits ask for.
void check_rights(const model::ContainerSpec& spec, const HostFacts& facts);

// Throws as make_launch_plan does for any value that no start could give to the container: at the engine's door, before there is one,
// for every caller. What is known only then (devices, sources, other containers) is not asked. Pure.
void check_container(const model::ContainerSpec& spec, const model::ImageConfig& image, const HostFacts& facts);

// The entrypoint and command that run, image's included; empty when there is nothing to run.
std::vector<std::string> effective_command(const model::ContainerSpec& spec, const model::ImageConfig& image);
// The container's environment, "NAME=value" sorted by the order of image, then additions.
std::vector<std::string> effective_environment(const model::ContainerSpec& spec, const model::ImageConfig& image,
                                               const std::string& hostname);
// Where the container's control group is: cgroup_path, or below spec.cgroup_parent. As in cgroup::Layout::folders.
std::string effective_cgroup_path(const LaunchInput& input);
// The log's folder: where logs::Reader looks.
std::filesystem::path log_folder(const std::filesystem::path& container_dir);

// One line per step, for golden tests and for people.
std::string describe(const LaunchPlan& plan);

// Flat bytes as flat_plan.h describes.
std::vector<std::byte> encode(const LaunchPlan& plan);
// The same in a sealed memfd, ready to be sent. Throws stack::Error.
UniqueFd seal_plan(const LaunchPlan& plan);

}  // namespace stack::sandbox
