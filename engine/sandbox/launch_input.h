// What the sandbox needs to know to start a container or a process in it: all of it already decided, nothing looked up
// later but inside the container's own root (user names, the program on PATH).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/model/container_spec.h"
#include "base/model/image_config.h"
#include "base/model/launch_network.h"

namespace stack::sandbox {

// A file that the shim writes into the container's folder before the start and the child binds over a path of the root.
// On disk, not in the run folder: the container may write as much into it as it likes.
struct InjectedFile {
  std::string name;    // "hosts": in the container's folder
  std::string target;  // "/etc/hosts"
  std::string content;
  bool read_only = false;
  std::string folder;  // of another container, whose file this is as well: nothing is written; empty: the own one
};

struct BindSource {
  std::size_t mount_index = 0;  // into spec.mounts
  std::string host_path;        // what to bind: a volume's folder, or the bind's own source
  bool no_suid = false, no_dev = false, no_exec = false;
};

struct ImageSource {
  std::size_t mount_index = 0;      // into spec.mounts
  std::vector<std::string> layers;  // absolute folders, the topmost first, at least one
};

// A device node that is not looked up as those of the specification are: what is set counts, the rest is as the host has it.
struct GivenDevice {
  std::string source, target, permissions;
  struct Numbers {
    bool block = false;
    std::uint32_t major = 0, minor = 0;
  };
  std::optional<Numbers> numbers;
  std::optional<std::uint32_t> mode, uid, gid;
};

struct LaunchInput {
  std::string id;
  model::ContainerSpec spec;
  model::ImageConfig image;
  std::vector<std::string> layers;  // absolute folders, the topmost first, at least one
  // <root>/containers/<id>: upper, work, the root's mount point, injected files, logs and the exit record live here.
  std::filesystem::path container_dir;
  std::filesystem::path socket_path;       // where the shim listens for a later engine
  std::vector<BindSource> bind_sources;    // for every mount of kind bind or volume
  std::vector<ImageSource> image_sources;  // for every mount of kind image
  std::vector<GivenDevice> given_devices;
  std::vector<InjectedFile> files;  // hosts, hostname, resolv.conf
  std::string cgroup_path;          // "stack-<tag>/<id>": below each hierarchy's root
  bool own_network = true;          // false: network_mode host or another container's
  model::LaunchNetwork network;
  bool becomes_layer =
      false;  // what is written into the root shall tell everything, whatever the machine's overlayfs does by itself
  bool first_start = true;  // what was written into the root before may have been changed since
  std::optional<std::int32_t> join_network_pid, join_pid_pid, join_ipc_pid;  // namespaces of that process
};

struct ExecInput {
  std::vector<std::string> argv;
  std::vector<std::string> env;  // additional "NAME=value"
  std::string user;              // empty: the container's
  std::string working_dir;       // empty: the container's
  bool tty = false;
  std::uint16_t rows = 0, columns = 0;  // the terminal's size from its first moment, when known
  bool privileged = false;
  // The AppArmor profile that the container's first process has, empty: none. Not set: what its specification asks for. An engine of
  // another version may have started the container, and profiles keep processes from signalling one another.
  std::optional<std::string> apparmor;
};

}  // namespace stack::sandbox
