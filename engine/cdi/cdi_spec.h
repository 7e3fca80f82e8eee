// One file of the Container Device Interface: devices of a kind, and what each changes in a container that gets it (CDI specification,
// versions up to 1.0). Values; reading a text is pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::cdi {

struct Node {
  std::string path;         // in the container
  std::string host_path;    // or as in the container
  std::string permissions;  // "rwm"
  struct Numbers {
    bool block = false;
    std::uint32_t major = 0, minor = 0;
    bool operator==(const Numbers&) const = default;
  };
  std::optional<Numbers> numbers;  // unset: those of the host's node
  std::optional<std::uint32_t> mode, uid, gid;
  bool operator==(const Node&) const = default;
};

struct Mount {
  std::string host_path, target;
  bool read_only = false, no_suid = false, no_dev = false, no_exec = false;
  std::string propagation;
  bool operator==(const Mount&) const = default;
};

struct Edits {
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<Node> nodes;
  std::vector<Mount> mounts;
  std::vector<std::string> groups;
  // What no engine of this kind does: "the hook createContainer (/usr/bin/nvidia-cdi-hook)".
  std::vector<std::string> refused;
  void add(const Edits& other);
  bool operator==(const Edits&) const = default;
};

struct Device {
  std::string name;
  Edits edits;
};

struct Spec {
  std::string file;
  std::string kind;  // "vendor.com/class"
  Edits edits;       // for each container that gets one of the devices
  std::vector<Device> devices;
};

// YAML or JSON. Throws stack::Error(invalid) with file, line and column.
Spec parse_spec(std::string_view text, const std::string& file);

}  // namespace stack::cdi
