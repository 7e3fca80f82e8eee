// Top-level networks, a service's place in them, and its published ports. Plain values.
#pragma once

#include "compose/model/values.h"

namespace stack::compose {

struct IpamPool {
  std::string subnet, gateway, ip_range;
  Mapping aux_addresses;
  Extensions extensions;
  bool operator==(const IpamPool&) const = default;
};
struct Ipam {
  std::string driver;
  std::vector<IpamPool> config;
  Mapping options;
  Extensions extensions;
  bool operator==(const Ipam&) const = default;
};

struct Network {
  std::string name;  // as the engine knows it: "<project>_<key>" unless given or external
  std::string driver;
  Mapping driver_opts;
  Ipam ipam;
  bool external = false;
  bool internal = false;
  bool attachable = false;
  Mapping labels;
  std::optional<bool> enable_ipv4, enable_ipv6;
  Extensions extensions;
  bool operator==(const Network&) const = default;
};

// A service's attachment to one network.
struct ServiceNetwork {
  Strings aliases;  // beside the service's and the container's name, which are always there
  Mapping driver_opts;
  std::int64_t gw_priority = 0;  // the highest supplies the default route
  std::string interface_name;
  std::string ipv4_address, ipv6_address;
  Strings link_local_ips;
  std::string mac_address;
  std::int64_t priority = 0;
  Extensions extensions;
  bool operator==(const ServiceNetwork&) const = default;
};

struct ServicePort {
  std::string name;
  std::string mode;  // ingress, host
  std::string host_ip;
  std::uint16_t target = 0;
  std::string published;  // "", "8080" or "8000-8010" (any free one of these)
  std::string protocol;   // tcp, udp, sctp
  std::string app_protocol;
  Extensions extensions;
  bool operator==(const ServicePort&) const = default;
};

}  // namespace stack::compose
