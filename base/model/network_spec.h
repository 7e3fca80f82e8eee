// What a network shall be, and what it became.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/model/container_spec.h"

namespace stack::model {

struct IpamPool {
  std::string subnet;                                // CIDR
  std::string ip_range;                              // CIDR within subnet that automatic addresses come from, or empty
  std::string gateway;                               // or empty for the first address
  std::map<std::string, std::string> aux_addresses;  // reserved: name to address
  bool operator==(const IpamPool&) const = default;
};

struct NetworkSpec {
  std::string name;
  std::string driver = "bridge";
  std::map<std::string, std::string> driver_opts;
  std::vector<IpamPool> pools;  // empty: from the default pools
  // Of the driver of addresses, which knows none; clients read back what they gave.
  std::optional<std::map<std::string, std::string>> ipam_options;
  bool internal = false;
  bool attachable = false;
  bool enable_ipv4 = true;
  bool enable_ipv6 = false;
  Labels labels;
  std::string project;  // or empty
  std::string key;      // its name in the project's file
  std::string config_hash;
  bool operator==(const NetworkSpec&) const = default;
};

// A bridge that somebody else made, and that a network uses by its name: what the engine changed on it, to be undone when the
// network goes. The bridge itself stays, and stays up: lowering it would lose the host's own IPv6 addresses.
struct AdoptedBridge {
  std::vector<std::string> addresses;           // added, with the prefix's length
  std::map<std::string, std::string> settings;  // below /proc/sys: what they were before
  bool operator==(const AdoptedBridge&) const = default;
};

struct Network {
  std::string id;
  NetworkSpec spec;
  std::vector<IpamPool> pools;           // as allocated: subnet and gateway always set
  std::string bridge;                    // name of the interface
  std::optional<AdoptedBridge> adopted;  // nothing: the bridge is the engine's own
  Wall created{};
  bool operator==(const Network&) const = default;
};

}  // namespace stack::model
