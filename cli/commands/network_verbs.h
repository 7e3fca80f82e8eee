// `stack network`: ls, create, connect, disconnect, inspect, rm, prune, with Docker's flags and output.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct NetworkLsFlags {
  bool quiet = false, no_trunc = false;
  std::vector<std::string> filters;  // dangling=, driver=, id=, label=, name=, scope=, type=
  std::string format = "table";      // or json, or a template: format_json.h
};
int network_ls(Session& session, const NetworkLsFlags& flags);

struct NetworkCreateFlags {
  std::string name, driver = "bridge", ipam_driver = "default", scope;
  std::vector<std::string> subnets, ip_ranges, gateways;
  std::vector<std::string> aux_addresses, labels, options, ipam_options;  // NAME=VALUE
  bool internal = false, attachable = false, ipv4 = true, ipv6 = false;
};
// Prints its id. Each range, gateway and further address belongs to the subnet that contains it.
int network_create(Session& session, const NetworkCreateFlags& flags);

struct NetworkInspectFlags {
  std::vector<std::string> names;
  std::string format;    // empty: indented JSON
  bool verbose = false;  // Docker's, about swarms: nothing more to show here
};
// Continues after unknown names and then fails.
int network_inspect(Session& session, const NetworkInspectFlags& flags);

struct NetworkRmFlags {
  std::vector<std::string> names;
  bool force = false;  // one that does not exist is no failure
};
// Prints the name of each removed one; continues after a failure and then fails.
int network_rm(Session& session, const NetworkRmFlags& flags);

struct NetworkConnectFlags {
  std::string network, container, ip, ip6;
  std::vector<std::string> aliases, links, driver_opts, link_local;
  int gateway_priority = 0;
};
int network_connect(Session& session, const NetworkConnectFlags& flags);

struct NetworkDisconnectFlags {
  std::string network, container;
  bool force = false;
};
int network_disconnect(Session& session, const NetworkDisconnectFlags& flags);

struct NetworkPruneFlags {
  bool force = false;
  std::vector<std::string> filters;  // label=, label!=, until=
};
int network_prune(Session& session, const NetworkPruneFlags& flags);

}  // namespace stack::cli
