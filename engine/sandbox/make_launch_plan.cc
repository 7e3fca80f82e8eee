#include <linux/sched.h>

#include "engine/sandbox/plan_parts.h"
#include "engine/sandbox/seccomp_filter.h"

namespace stack::sandbox {
namespace {

constexpr std::size_t kHostNameMax = 64;
constexpr std::size_t kSocketNameMax = 80;

void check_host_name(const std::string& name, const char* key) {
  if (name.size() > kHostNameMax) {
    throw Error(ErrorKind::invalid, std::string(key) + " \"" + name + "\" is longer than 64 characters");
  }
  if (name.find('\0') != std::string::npos) throw Error(ErrorKind::invalid, std::string(key) + " contains a zero byte");
}

void set_namespaces(const LaunchInput& input, LaunchPlan& plan) {
  const model::ContainerSpec& spec = input.spec;
  plan.clone_flags = CLONE_NEWNS;
  const auto wanted = [&](const std::string& mode, const char* key, std::uint64_t flag,
                          const std::optional<std::int32_t>& other) -> std::int32_t {
    switch (share_of(mode, key)) {
      case Share::own:
        plan.clone_flags |= flag;
        return 0;
      case Share::host:
        return 0;
      case Share::other:
        break;
    }
    if (!other || *other <= 0)
      throw Error(ErrorKind::conflict, std::string(key) + " \"" + mode + "\": that container is not running");
    return *other;
  };
  plan.join_pid_pid = wanted(spec.pid_mode, "pid", CLONE_NEWPID, input.join_pid_pid);
  plan.join_ipc_pid = wanted(spec.ipc_mode, "ipc", CLONE_NEWIPC, input.join_ipc_pid);
  if (share_of(spec.uts_mode, "uts") == Share::other) {
    throw Error(ErrorKind::unsupported, "uts \"" + spec.uts_mode + "\" is not supported")
        .remedy("supported is uts: host");
  }
  if (spec.uts_mode != "host") plan.clone_flags |= CLONE_NEWUTS;
  if (input.own_network) {
    plan.clone_flags |= CLONE_NEWNET;
    plan.flags |= kOwnNetwork;
    if (input.network.loopback_up) plan.flags |= kLoopbackUp;
    if (input.network.dns_sockets) plan.flags |= kDnsSockets;
    plan.network = input.network;
  } else if (input.join_network_pid) {
    plan.join_network_pid = *input.join_network_pid;
  } else if (spec.network_mode != "host") {
    throw Error(ErrorKind::conflict, "network_mode \"" + spec.network_mode + "\": that container is not running");
  }
  if ((plan.clone_flags & CLONE_NEWPID) == 0) plan.flags |= kKillGroup;
}

void set_cgroup_namespace(const LaunchInput& input, const HostFacts& facts, LaunchPlan& plan) {
  const std::string& mode = input.spec.cgroup_mode;
  if (!mode.empty() && mode != "host" && mode != "private") {
    throw Error(ErrorKind::unsupported, "cgroup \"" + mode + "\" is not supported")
        .remedy("supported are host and private");
  }
  const bool v2 = facts.cgroups.mode == cgroup::Mode::v2;
  const bool by_default = v2 && !input.spec.privileged;
  if (mode == "private" || (mode.empty() && by_default)) plan.flags |= kPrivateCgroupns;
}

void check_processors(const model::Resources& resources, const HostFacts& facts) {
  constexpr std::int64_t kOne = 1'000'000'000;
  if (facts.processors == 0 || resources.nano_cpus <= facts.processors * kOne) return;
  const std::string most = std::to_string(facts.processors);
  throw Error(ErrorKind::invalid, "cpus must lie between 0.01 and " + most + ".00: this machine has " + most +
                                      (facts.processors == 1 ? " processor" : " processors"));
}

void set_host_name(const LaunchInput& input, LaunchPlan& plan) {
  check_host_name(input.spec.hostname, "hostname");
  check_host_name(input.spec.domainname, "domainname");
  if (input.spec.uts_mode == "host") return;
  plan.hostname = effective_hostname(input);
  plan.domainname = input.spec.domainname;
}

// An empty one is none, as with Docker: the user's account says where it is.
void add_home(LaunchPlan& plan) {
  std::erase(plan.identity.env, "HOME=");
  if (!has_variable(plan.identity.env, "HOME")) plan.flags |= kNeedsHome;
}

}  // namespace

Share share_of(const std::string& mode, const char* key) {
  if (mode.empty() || mode == "private" || mode == "shareable" || (mode == "none" && std::string_view(key) == "ipc")) {
    return Share::own;
  }
  if (mode == "host") return Share::host;
  if (mode.starts_with("container:")) return Share::other;
  throw Error(ErrorKind::unsupported, std::string(key) + " \"" + mode + "\" is not supported")
      .remedy("supported are private, host and container:NAME");
}

LaunchPlan make_launch_plan(const LaunchInput& input, const HostFacts& facts) {
  const model::ContainerSpec& spec = input.spec;
  // No user is mapped to another, so that a container's own user namespace is the host's.
  if (!spec.userns_mode.empty() && spec.userns_mode != "host" && spec.userns_mode != "private") {
    throw Error(ErrorKind::unsupported, "userns_mode \"" + spec.userns_mode + "\" is not supported")
        .remedy("supported are host and private");
  }
  if (!input.container_dir.is_absolute() || !input.socket_path.is_absolute()) {
    throw Error(ErrorKind::invalid, "the container's folder and socket must be absolute paths");
  }
  if (input.socket_path.filename().string().size() > kSocketNameMax) {
    throw Error(ErrorKind::invalid, "the shim's socket has a name of more than 80 characters");
  }
  check_processors(spec.resources, facts);
  const SecurityOptions security = security_options(spec, facts);
  LaunchPlan plan;
  plan.identity = make_identity(input, facts, security);
  plan.socket_path = input.socket_path.string();
  if (spec.tty) plan.flags |= kTty;
  plan.terminal_rows = spec.terminal_rows;
  plan.terminal_columns = spec.terminal_columns;
  if (spec.stdin_open) plan.flags |= kStdin;
  if (spec.tty || spec.stdin_open || spec.attach_stdout || spec.attach_stderr) plan.flags |= kPrompt;
  if (spec.init.value_or(false)) plan.flags |= kInit;
  if (security.no_new_privileges) plan.flags |= kNoNewPrivileges;
  add_home(plan);
  set_namespaces(input, plan);
  set_cgroup_namespace(input, facts, plan);
  set_host_name(input, plan);
  add_log(spec.log, plan);
  add_prepare_steps(input, facts, plan);
  add_root_steps(input, facts, security, plan);
  return plan;
}

void check_container(const model::ContainerSpec& spec, const model::ImageConfig& image, const HostFacts& facts) {
  LaunchInput input;
  input.spec = spec;
  input.image = image;
  input.id = std::string(64, '0');
  input.layers = {"/"};
  input.container_dir = "/";
  input.socket_path = "/0";
  input.cgroup_path = "0";
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    input.bind_sources.push_back({i, "/"});
    input.image_sources.push_back({i, {"/"}});
  }
  input.own_network = spec.network_mode != "host" && !spec.network_mode.starts_with("container:");
  // A start knows these.
  input.join_network_pid = input.join_pid_pid = input.join_ipc_pid = 1;
  (void)make_launch_plan(input, facts);
}

LaunchPlan make_exec_plan(const LaunchInput& input, const HostFacts& facts, const ExecInput& exec) {
  if (exec.argv.empty() || exec.argv.front().empty()) throw Error(ErrorKind::invalid, "no command specified");
  LaunchInput merged = input;
  merged.spec.entrypoint = exec.argv;
  merged.spec.command.reset();
  if (!exec.user.empty()) merged.spec.user = exec.user;
  if (!exec.working_dir.empty()) merged.spec.working_dir = exec.working_dir;
  merged.spec.tty = exec.tty;
  SecurityOptions security = security_options(input.spec, facts);
  if (exec.apparmor) security.apparmor = *exec.apparmor;
  LaunchPlan plan;
  plan.identity = make_identity(merged, facts, security);
  merge_environment(plan.identity.env, exec.env);
  if (exec.privileged) {
    plan.identity.capabilities = grantable(facts);
    plan.identity.apparmor.clear();
    plan.identity.seccomp = call_filter(security, plan.identity.capabilities);
  }
  plan.flags = kExec | (exec.tty ? kTty : 0U) | (security.no_new_privileges ? kNoNewPrivileges : 0U);
  plan.terminal_rows = exec.rows;
  plan.terminal_columns = exec.columns;
  add_home(plan);
  plan.root.push_back(
      {Op::self_write, Stage::oom_score, 0, 0, "oom_score_adj", std::to_string(input.spec.resources.oom_score_adj)});
  return plan;
}

}  // namespace stack::sandbox
