#include "cli/args/command.h"
#include "cli/commands/container_flags.h"
#include "cli/commands/container_output.h"
#include "cli/commands/container_run.h"
#include "cli/commands/exec.h"

namespace stack::cli {
namespace {

void declare_process(Command& c, ContainerFlags& f) {
  c.list("-a,--attach", f.attach, "Attach to STDIN, STDOUT or STDERR");
  c.list("-e,--env", f.env, "Set environment variables");
  c.list("--env-file", f.env_files, "Read in a file of environment variables");
  c.text("--entrypoint", f.entrypoint, "Overwrite the default ENTRYPOINT of the image");
  c.text("-u,--user", f.user, "Username or UID (format: <name|uid>[:<group|gid>])");
  c.text("-w,--workdir", f.workdir, "Working directory inside the container");
  c.text("-h,--hostname", f.hostname, "Container host name");
  c.text("--domainname", f.domainname, "Container NIS domain name");
  c.flag("-i,--interactive", f.interactive, "Keep STDIN open even if not attached");
  c.flag("-t,--tty", f.tty, "Allocate a pseudo-TTY");
  c.flag("--rm", f.remove, "Automatically remove the container and its associated anonymous volumes when it exits");
  c.flag("--init", f.init, "Run an init inside the container that forwards signals and reaps processes");
  c.list("--ulimit", f.ulimits, "Ulimit options");
  c.list("--group-add", f.group_add, "Add additional groups to join");
  c.text("--stop-signal", f.stop_signal, "Signal to stop the container");
  c.text("--stop-timeout", f.stop_timeout, "Timeout (in seconds) to stop a container");
  c.text("--restart", f.restart, "Restart policy to apply when a container exits (default \"no\")");
  c.text("--health-cmd", f.health_cmd, "Command to run to check health");
  c.text("--health-interval", f.health_interval, "Time between running the check (ms|s|m|h) (default 0s)");
  c.text("--health-retries", f.health_retries, "Consecutive failures needed to report unhealthy");
  c.text("--health-start-interval", f.health_start_interval,
         "Time between running the check during the start period (ms|s|m|h) (default 0s)");
  c.text(
      "--health-start-period", f.health_start_period,
      "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)");
  c.text("--health-timeout", f.health_timeout, "Maximum time to allow one check to run (ms|s|m|h) (default 0s)");
  c.flag("--no-healthcheck", f.no_healthcheck, "Disable any container-specified HEALTHCHECK");
  c.list("-l,--label", f.labels, "Set meta data on a container");
  c.list("--label-file", f.label_files, "Read in a line delimited file of labels");
  c.list("--annotation", f.annotations, "Add an annotation to the container (passed through to the OCI runtime)");
}

void declare_files(Command& c, ContainerFlags& f) {
  c.list("-v,--volume", f.volumes, "Bind mount a volume");
  c.list("--mount", f.mounts, "Attach a filesystem mount to the container");
  c.list("--tmpfs", f.tmpfs, "Mount a tmpfs directory");
  c.list("--volumes-from", f.volumes_from, "Mount volumes from the specified container(s)");
  c.text("--volume-driver", f.volume_driver, "Optional volume driver for the container");
  c.list("--storage-opt", f.storage_opts, "Storage driver options for the container");
  c.text("--shm-size", f.shm_size, "Size of /dev/shm");
  c.flag("--read-only", f.read_only, "Mount the container's root filesystem as read only");
}

void declare_networks(Command& c, ContainerFlags& f) {
  c.list("--network,--net", f.networks, "Connect a container to a network");
  c.list("--network-alias,--net-alias", f.network_aliases, "Add network-scoped alias for the container");
  c.text("--ip", f.ip, "IPv4 address (e.g., 172.30.100.104)");
  c.text("--ip6", f.ip6, "IPv6 address (e.g., 2001:db8::33)");
  c.list("--link", f.links, "Add link to another container");
  c.list("--link-local-ip", f.link_local_ips, "Container IPv4/IPv6 link-local addresses");
  c.text("--mac-address", f.mac_address, "Container MAC address (e.g., 92:d0:c6:0a:29:33)");
  c.list("-p,--publish", f.publish, "Publish a container's port(s) to the host");
  c.flag("-P,--publish-all", f.publish_all, "Publish all exposed ports to random ports");
  c.list("--expose", f.expose, "Expose a port or a range of ports");
  c.list("--dns", f.dns, "Set custom DNS servers");
  c.list("--dns-option,--dns-opt", f.dns_options, "Set DNS options");
  c.list("--dns-search", f.dns_search, "Set custom DNS search domains");
  c.list("--add-host", f.add_hosts, "Add a custom host-to-IP mapping (host:ip)");
}

// Those that `update` changes as well.
void declare_limits(Command& c, ContainerFlags& f) {
  c.text("-m,--memory", f.memory, "Memory limit");
  c.text("--memory-reservation", f.memory_reservation, "Memory soft limit");
  c.text("--memory-swap", f.memory_swap, "Swap limit equal to memory plus swap: -1 to enable unlimited swap");
  c.text("--cpus", f.cpus, "Number of CPUs");
  c.text("-c,--cpu-shares", f.cpu_shares, "CPU shares (relative weight)");
  c.text("--cpu-period", f.cpu_period, "Limit CPU CFS (Completely Fair Scheduler) period");
  c.text("--cpu-quota", f.cpu_quota, "Limit CPU CFS (Completely Fair Scheduler) quota");
  c.text("--cpu-rt-period", f.cpu_rt_period, "Limit CPU real-time period in microseconds");
  c.text("--cpu-rt-runtime", f.cpu_rt_runtime, "Limit CPU real-time runtime in microseconds");
  c.text("--cpuset-cpus", f.cpuset_cpus, "CPUs in which to allow execution (0-3, 0,1)");
  c.text("--cpuset-mems", f.cpuset_mems, "MEMs in which to allow execution (0-3, 0,1)");
  c.text("--pids-limit", f.pids_limit, "Tune container pids limit (set -1 for unlimited)");
  c.text("--blkio-weight", f.blkio_weight,
         "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)");
}

void declare_further_limits(Command& c, ContainerFlags& f) {
  c.text("--memory-swappiness", f.memory_swappiness, "Tune container memory swappiness (0 to 100) (default -1)");
  c.text("--kernel-memory", f.kernel_memory, "Kernel memory limit");
  c.list("--blkio-weight-device", f.blkio_weight_devices, "Block IO weight (relative device weight)");
  c.list("--device-read-bps", f.device_read_bps, "Limit read rate (bytes per second) from a device");
  c.list("--device-read-iops", f.device_read_iops, "Limit read rate (IO per second) from a device");
  c.list("--device-write-bps", f.device_write_bps, "Limit write rate (bytes per second) to a device");
  c.list("--device-write-iops", f.device_write_iops, "Limit write rate (IO per second) to a device");
  c.flag("--oom-kill-disable", f.oom_kill_disable, "Disable OOM Killer");
  c.text("--oom-score-adj", f.oom_score_adj, "Tune host's OOM preferences (-1000 to 1000)");
  c.text("--cgroup-parent", f.cgroup_parent, "Optional parent cgroup for the container");
}

void declare_rights(Command& c, ContainerFlags& f) {
  c.list("--cap-add", f.cap_add, "Add Linux capabilities");
  c.list("--cap-drop", f.cap_drop, "Drop Linux capabilities");
  c.flag("--privileged", f.privileged, "Give extended privileges to this container");
  c.list("--security-opt", f.security_opts, "Security Options");
  c.list("--device", f.devices, "Add a host device to the container");
  c.list("--device-cgroup-rule", f.device_cgroup_rules, "Add a rule to the cgroup allowed devices list");
  c.list("--gpus", f.gpus, "GPU devices to add to the container ('all' to pass all GPUs)");
  c.list("--sysctl", f.sysctls, "Sysctl options");
  c.text("--pid", f.pid, "PID namespace to use");
  c.text("--ipc", f.ipc, "IPC mode to use");
  c.text("--uts", f.uts, "UTS namespace to use");
  c.text("--userns", f.userns, "User namespace to use");
  c.text("--cgroupns", f.cgroupns, "Cgroup namespace to use (host|private)");
  c.text("--runtime", f.runtime, "Runtime to use for this container");
  c.text("--isolation", f.isolation, "Container isolation technology");
  c.text("--log-driver", f.log_driver, "Logging driver for the container");
  c.list("--log-opt", f.log_opts, "Log driver options");
  c.flag("--use-api-socket", f.use_api_socket,
         "Bind mount Docker API socket and required auth (refused: not supported)");
}

void declare_container(Command& c, ContainerFlags& f) {
  c.no_short_help();
  declare_process(c, f);
  declare_files(c, f);
  declare_networks(c, f);
  declare_limits(c, f);
  declare_further_limits(c, f);
  declare_rights(c, f);
  c.text("--name", f.name, "Assign a name to the container");
  c.text("--platform", f.platform, "Set platform if server is multi-platform capable");
  c.text("--pull", f.pull, "Pull image before running (\"always\", \"missing\", \"never\") (default \"missing\")");
  c.flag("-q,--quiet", f.quiet, "Suppress the pull output");
  c.text("--cidfile", f.cidfile, "Write the container ID to the file");
  c.word("IMAGE", f.image, "Name or ID of the image");
  c.optional_command(f.command);
}

}  // namespace

void add_container_runs(Command& parent) {
  parent.verb("run", "Create and run a new container from an image", container_run,
              [](Command& c, ContainerRunFlags& f) {
                c.flag("-d,--detach", f.detach, "Run container in background and print container ID");
                c.flag("--sig-proxy", f.sig_proxy, "Proxy received signals to the process (default true)");
                c.text("--detach-keys", f.detach_keys, "Override the key sequence for detaching a container");
                c.hidden("--disable-content-trust", f.unsigned_too);
                declare_container(c, f.container);
              });
  parent.verb("create", "Create a new container", container_create, [](Command& c, ContainerCreateFlags& f) {
    c.hidden("--disable-content-trust", f.unsigned_too);
    declare_container(c, f.container);
  });
  parent.verb("update", "Update configuration of one or more containers", container_update,
              [](Command& c, ContainerUpdateFlags& f) {
                c.words("CONTAINER", f.names, "Names or IDs");
                declare_limits(c, f.container);
                c.hidden_text("--kernel-memory", f.container.kernel_memory);
                c.text("--restart", f.container.restart, "Restart policy to apply when a container exits");
              });
}

void add_container_looks(Command& parent) {
  parent.verb("exec", "Execute a command in a running container", container_exec,
              [](Command& c, ContainerExecFlags& f) {
                c.flag("-d,--detach", f.detach, "Detached mode: run command in the background");
                c.text("--detach-keys", f.detach_keys, "Override the key sequence for detaching a container");
                c.list("-e,--env", f.env, "Set environment variables");
                c.list("--env-file", f.env_files, "Read in a file of environment variables");
                c.flag("-i,--interactive", f.interactive, "Keep STDIN open even if not attached");
                c.flag("--privileged", f.privileged, "Give extended privileges to the command");
                c.flag("-t,--tty", f.tty, "Allocate a pseudo-TTY");
                c.text("-u,--user", f.user, "Username or UID (format: \"<name|uid>[:<group|gid>]\")");
                c.text("-w,--workdir", f.workdir, "Working directory inside the container");
                c.word("CONTAINER", f.container, "Name or ID");
                c.command_to_run(f.command);
              });
  parent.verb("logs", "Fetch the logs of a container", container_logs, [](Command& c, ContainerLogsFlags& f) {
    c.word("CONTAINER", f.container, "Name or ID");
    c.flag("--details", f.details, "Show extra details provided to logs");
    c.flag("-f,--follow", f.follow, "Follow log output");
    c.text("--since", f.since,
           "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)");
    c.text("-n,--tail", f.tail, "Number of lines to show from the end of the logs (default \"all\")");
    c.flag("-t,--timestamps", f.timestamps, "Show timestamps");
    c.text("--until", f.until,
           "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)");
  });
  parent.verb("top", "Display the running processes of a container", container_top,
              [](Command& c, ContainerTopFlags& f) {
                c.word("CONTAINER", f.container, "Name or ID");
                c.optional_command(f.ps_arguments);
              });
  parent.verb("port", "List port mappings or a specific mapping for the container", container_port,
              [](Command& c, ContainerPortFlags& f) {
                c.word("CONTAINER", f.container, "Name or ID");
                c.optional_word("PRIVATE_PORT[/PROTO]", f.port, "The container's port");
              });
}

}  // namespace stack::cli
