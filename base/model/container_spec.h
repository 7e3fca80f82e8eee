// What a container shall be: everything needed to create it, resolved, before an image's own configuration is laid under it.
//
// A plain value; equality means "the same container". Corresponds to the create body of the Docker Engine API (Config,
// HostConfig and NetworkingConfig) in our own words. Times are durations, sizes are bytes, ids are text as the user wrote it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace stack::model {

using Labels = std::map<std::string, std::string>;

enum class MountKind { bind, volume, tmpfs, image };
// What lies below the source of a bind: it is there and as read-only as the mount itself, it is there and stays writable, it is not
// there.
enum class SubMounts { follow, writable, none };
struct Mount {
  MountKind kind = MountKind::volume;
  // bind: absolute host path; volume: the volume's name, empty for an anonymous one; tmpfs: empty; image: a reference
  std::string source;
  std::string target;  // absolute path in the container, cleaned
  bool read_only = false;
  bool create_host_path = true;  // bind: make the source as a folder when it is missing
  bool no_copy = false;          // volume: do not fill an empty one from the image
  std::string subpath;           // volume, image: folder below the root
  std::string propagation;       // bind: private, rprivate (default when empty), shared, rshared, slave, rslave
  std::int64_t tmpfs_size = 0;   // bytes, 0: the kernel's default
  std::uint32_t tmpfs_mode = 0;  // permission bits, 0: 1777
  std::string tmpfs_options;     // further mount options of the short form, comma separated
  bool long_form = false;        // a client wrote it as an object, and reads it back as one
  SubMounts sub_mounts = SubMounts::follow;  // bind
  Labels volume_labels;                      // volume: of one that is made for it
  std::string image_id;                      // image: what the reference was when the container was made
  // What a client wrote behind the target, "ro,z" or nothing at all, which it reads back; no value: no client wrote it as one text.
  std::optional<std::string> mode;
  bool declared = false;  // anonymous, by a place alone
  // bind, of a secret or config: which file the source was when the container started (file_identity). What replaces the file by a rename
  // is not seen inside.
  std::string source_identity;
  bool operator==(const Mount&) const = default;
};

// How much of the engine's API a container reaches by the socket that it has mounted: all, what changes and tells nothing that is secret,
// or what is of its own project.
enum class ApiScope { all, read_only, project };

// A file that is written into the container's own root before its first start: what has no file of the host.
struct GivenFile {
  std::string target;  // absolute path in the container
  std::string content;
  std::uint32_t uid = 0, gid = 0;
  std::uint32_t mode = 0444;
  bool operator==(const GivenFile&) const = default;
};

// One attachment to a network.
struct Attachment {
  std::string network;               // the network's name
  std::string network_id;            // no other network of this name; empty: whichever has it
  std::vector<std::string> aliases;  // further DNS names on this network, the service's name among them
  std::map<std::string, std::string>
      links;                 // names that this container alone knows, each for another name of the network
  std::string ipv4_address;  // wanted static address, or empty
  std::string ipv6_address;
  std::vector<std::string> link_local_ips;  // further addresses of the interface: of a subnet /16, with IPv6 /64
  std::string mac_address;
  std::string interface_name;                      // or empty for ethN
  std::map<std::string, std::string> driver_opts;  // as they were given, without the interface's name
  int gateway_priority = 0;                        // the highest supplies the default route
  int priority = 0;
  bool by_command = false;  // it came after the container was created; no project wants it
  bool operator==(const Attachment&) const = default;
};

enum class Protocol { tcp, udp, sctp };
struct PublishedPort {
  std::string host_ip;           // empty: all addresses
  std::uint16_t host_first = 0;  // first port of the host's range; 0: any free one
  std::uint16_t host_last = 0;   // last port of the range, equal to host_first for a single port
  std::uint16_t container_port = 0;
  Protocol protocol = Protocol::tcp;
  bool operator==(const PublishedPort&) const = default;
};

enum class RestartKind { no, always, on_failure, unless_stopped };
struct RestartPolicy {
  RestartKind kind = RestartKind::no;
  int max_attempts = 0;  // on_failure: 0 means without end
  Nanos delay{0};        // least pause before a restart; the back-off applies above it
  Nanos window{0};       // a run longer than this counts as a success and resets the back-off; 0: the default
  bool operator==(const RestartPolicy&) const = default;
};

struct Healthcheck {
  // {"NONE"}, {"CMD", argv...}, {"CMD-SHELL", text}; empty: as the image says.
  std::vector<std::string> test;
  std::optional<Nanos> interval, timeout, start_period, start_interval;
  std::optional<int> retries;
  bool operator==(const Healthcheck&) const = default;
};

struct Ulimit {
  std::int64_t soft = 0, hard = 0;  // -1: unlimited
  bool operator==(const Ulimit&) const = default;
};

struct Device {
  std::string source, target, permissions;  // "rwm"
  bool operator==(const Device&) const = default;
};

// A number for one block device: operations or bytes a second, or a weight.
struct DeviceLimit {
  std::string path;
  std::int64_t value = 0;
  bool operator==(const DeviceLimit&) const = default;
};

// Devices that a description of the machine has (Container Device Interface): by name, or so many with these capabilities.
struct DeviceRequest {
  std::string driver;                                  // "cdi", or a vendor's word, or empty
  std::int64_t count = 0;                              // -1: all
  std::vector<std::string> device_ids;                 // names; "vendor.com/class=name" with the driver cdi
  std::vector<std::vector<std::string>> capabilities;  // one of the lists, all of its words
  std::map<std::string, std::string> options;
  bool operator==(const DeviceRequest&) const = default;
};

struct Resources {
  std::int64_t memory_max = 0;   // bytes, 0: none
  std::int64_t memory_low = 0;   // bytes, soft limit (reservation)
  std::int64_t memory_swap = 0;  // bytes of memory plus swap, -1 unlimited, 0: unset
  std::int64_t nano_cpus = 0;    // 1e9 is one processor, 0: none
  std::int64_t cpu_shares = 0;   // relative weight, 0: default (1024)
  std::int64_t cpu_period_us = 0, cpu_quota_us = 0;
  std::string cpuset;                   // "0-3,5"
  std::string memory_nodes;             // of NUMA, "0-1"
  std::int64_t memory_swappiness = -1;  // 0 to 100, -1: unset; version 1 only
  std::int64_t block_weight = 0;        // 10 to 1000, 0: unset
  std::vector<DeviceLimit> device_weights;
  std::vector<DeviceLimit> read_bytes, write_bytes, read_operations, write_operations;  // a second
  std::int64_t realtime_period_us = 0, realtime_runtime_us = 0;                         // version 1 only
  std::int64_t pids_max = 0;                                                            // 0: none, -1: unlimited
  int oom_score_adj = 0;
  bool oom_kill_disable = false;
  bool operator==(const Resources&) const = default;
};

struct LogConfig {
  std::string driver = "json-file";  // or local, none
  std::map<std::string, std::string> options;
  bool operator==(const LogConfig&) const = default;
};

struct ContainerSpec {
  std::string name;
  std::string image;     // reference as the user wrote it
  std::string image_id;  // what it resolved to; the container keeps to it

  // Empty optional: as the image says. An empty list is explicitly empty.
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<std::vector<std::string>> command;
  // A name without a value is removed from the container, whatever the image says.
  std::map<std::string, std::optional<std::string>> environment;
  std::vector<std::string> environment_order;  // names of it as the client gave them; the others follow by name
  std::string user;                            // name or id, ":" and group allowed; empty: as the image says
  std::vector<std::string> group_add;
  std::string working_dir;  // empty: as the image says
  std::string hostname;     // empty: the short id
  std::string domainname;
  Labels labels;
  std::map<std::string, std::string> annotations;

  bool tty = false;
  bool stdin_open = false;
  std::uint16_t terminal_rows = 0,
                terminal_columns = 0;  // of its terminal, until a client says otherwise; 0: not known
  bool stdin_once = false;             // standard input ends with the first client that attached to it
  std::optional<bool> init;            // a tiny init as pid 1 that reaps and forwards signals; nothing: none
  std::string stop_signal;             // name or number, empty: as the image says, else SIGTERM
  std::optional<Nanos> stop_grace;     // empty: 10 s
  bool auto_remove = false;            // it goes, with its anonymous volumes, when it has ended

  std::vector<Mount> mounts;
  std::vector<GivenFile> files;
  ApiScope api_scope = ApiScope::all;
  std::vector<std::string> volumes_from;  // containers' names or ids, ":ro" or ":rw" behind
  std::int64_t shm_size = 0;              // bytes, 0: 64 MiB
  bool read_only = false;

  // Network: "bridge networks" when mode is empty, else none, host, container:<id>.
  std::string network_mode;
  // A client's word for where it begins, which it reads back whatever it joins and leaves later.
  std::string asked_network;
  bool network_disabled = false;  // loopback alone, and no network is shown
  std::vector<Attachment> networks;
  std::vector<PublishedPort> ports;
  bool publish_all = false;         // each exposed port gets a free port of the host
  std::vector<std::string> expose;  // "80/tcp"
  std::vector<std::string> dns, dns_search, dns_options;
  std::vector<std::string> extra_hosts;                                // "host=address", address may be host-gateway
  std::string pid_mode, ipc_mode, uts_mode, cgroup_mode, userns_mode;  // "", host, private, container:<id>
  std::string cgroup_parent;

  bool privileged = false;
  std::vector<std::string> cap_add, cap_drop;
  std::vector<std::string> security_opt;
  std::map<std::string, std::string> sysctls;
  std::map<std::string, Ulimit> ulimits;
  std::vector<Device> devices;
  std::vector<DeviceRequest> device_requests;
  std::map<std::string, std::string> storage_options;  // "size"
  std::vector<std::string> device_rules;  // "c 10:229 rw": further devices that may be used, without a node
  Resources resources;

  RestartPolicy restart;
  std::optional<Healthcheck> healthcheck;
  LogConfig log;

  // Who this container is for; empty for one that no project owns.
  std::string project;
  std::string service;
  int replica = 0;  // from 1
  bool one_off = false;
  std::string config_hash;  // of the service that it was made from

  // The streams that the client who made it attaches to.
  bool attach_stdin = false, attach_stdout = false, attach_stderr = false;

  bool operator==(const ContainerSpec&) const = default;
};

}  // namespace stack::model
