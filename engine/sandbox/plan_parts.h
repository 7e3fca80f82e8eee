// The parts that make_launch_plan is composed of; private to this room. All pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/sandbox/launch_plan.h"

namespace stack::sandbox {

// What security_opt says, read once.
struct SecurityOptions {
  bool no_new_privileges = false;
  bool seccomp_unconfined = false;
  std::string seccomp_profile;  // a user's, as JSON; empty: the engine's own
  bool paths_unconfined = false;
  bool cgroups_writable = false;
  std::string apparmor;  // empty: none
};
SecurityOptions security_options(const model::ContainerSpec& spec, const HostFacts& facts);
// The filter of system calls for a process with these capabilities; empty: none.
std::vector<std::byte> call_filter(const SecurityOptions& security, std::uint64_t capabilities);

// Every capability that a container can be given here.
std::uint64_t grantable(const HostFacts& facts);
// Argv, environment, user, rights and limits of the first process.
Identity make_identity(const LaunchInput& input, const HostFacts& facts, const SecurityOptions& security);
// Puts `additions` ("NAME=value", or "NAME" to remove) over `env`, keeping places.
void merge_environment(std::vector<std::string>& env, const std::vector<std::string>& additions);
bool has_variable(const std::vector<std::string>& env, std::string_view name);
std::string effective_hostname(const LaunchInput& input);

enum class Share { own, host, other };
// How pid_mode, ipc_mode... are meant. Throws Error(unsupported) naming `key` for anything else.
Share share_of(const std::string& mode, const char* key);

// Where the trees of images are put together, one after the other: a folder of the container's that is empty.
std::string image_place(const std::filesystem::path& container_dir);

// Steps of the shim: folders, injected files, the control group with its limits and (version 1) devices.
void add_prepare_steps(const LaunchInput& input, const HostFacts& facts, LaunchPlan& plan);
// Steps of the child: the root file system with everything that is mounted in it, up to pivot_root.
void add_root_steps(const LaunchInput& input, const HostFacts& facts, const SecurityOptions& security,
                    LaunchPlan& plan);
// Size and number of log files.
void add_log(const model::LogConfig& log, LaunchPlan& plan);

}  // namespace stack::sandbox
