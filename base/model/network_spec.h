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

struct Network {
  std::string id;
  NetworkSpec spec;
  std::vector<IpamPool> pools;  // as allocated: subnet and gateway always set
  std::string bridge;           // name of the interface
  Wall created{};
  bool operator==(const Network&) const = default;
};

}  // namespace stack::model
