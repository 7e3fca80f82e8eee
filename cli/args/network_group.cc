#include "cli/args/command.h"
#include "cli/commands/network_verbs.h"

namespace stack::cli {
namespace {

void declare_network_create(Command& c, NetworkCreateFlags& f) {
  c.word("NETWORK", f.name, "Its name");
  c.text("-d,--driver", f.driver, "bridge, macvlan or ipvlan");
  c.list("--subnet", f.subnets, "Subnet in CIDR format");
  c.list("--ip-range", f.ip_ranges, "Allocate addresses of containers from a part of a subnet");
  c.list("--gateway", f.gateways, "IPv4 or IPv6 gateway of a subnet");
  c.list("--aux-address", f.aux_addresses, "Reserve an address of a subnet, NAME=ADDRESS");
  c.flag("--internal", f.internal, "Restrict external access to the network");
  c.flag("--attachable", f.attachable, "Allow containers of other projects to join");
  c.flag("--ipv4", f.ipv4, "Give containers IPv4 addresses");
  c.flag("--ipv6", f.ipv6, "Give containers IPv6 addresses");
  c.list("--label", f.labels, "Set metadata for a network, NAME=VALUE");
  c.list("-o,--opt", f.options, "Set driver specific options, NAME=VALUE");
  c.text("--ipam-driver", f.ipam_driver, "Driver that manages addresses: default");
  c.list("--ipam-opt", f.ipam_options, "Options for the driver that manages addresses, NAME=VALUE; default knows none");
  c.text("--scope", f.scope, "Scope of the network: local");
}

}  // namespace

void add_network_group(Command& stack) {
  Command group = stack.group("network", "Manage networks");
  group.verb("ls", "List networks", network_ls, [](Command& c, NetworkLsFlags& f) {
    c.alias("list");
    c.flag("-q,--quiet", f.quiet, "Only display network IDs");
    c.flag("--no-trunc", f.no_trunc, "Do not truncate the output");
    c.list("-f,--filter", f.filters,
           "dangling=BOOL, driver=NAME, id=PATTERN, label=NAME[=VALUE], name=PATTERN, type=custom|builtin");
    c.text("--format", f.format, "Output format: table, json, or a Go template, as in '{{.Name}}'");
  });
  group.verb("create", "Create a network", network_create, declare_network_create);
  group.verb("inspect", "Display detailed information on one or more networks", network_inspect,
             [](Command& c, NetworkInspectFlags& f) {
               c.words("NETWORK", f.names, "Names or IDs");
               c.text("-f,--format", f.format, "Output format: json, or a Go template, as in '{{.Driver}}'");
               c.flag("-v,--verbose", f.verbose,
                      "Accepted for Docker's sake; there is nothing more to show without a swarm");
             });
  group.verb("rm", "Remove one or more networks", network_rm, [](Command& c, NetworkRmFlags& f) {
    c.alias("remove");
    c.words("NETWORK", f.names, "Names or IDs");
    c.flag("-f,--force", f.force, "Do not fail when a network does not exist");
  });
  group.verb("connect", "Connect a container to a network", network_connect, [](Command& c, NetworkConnectFlags& f) {
    c.word("NETWORK", f.network, "Name or ID");
    c.word("CONTAINER", f.container, "Name or ID");
    c.list("--alias", f.aliases, "Add a name of the container on this network");
    c.text("--ip", f.ip, "IPv4 address, as in 172.30.100.104");
    c.text("--ip6", f.ip6, "IPv6 address, as in 2001:db8::33");
    c.list("--link", f.links, "A name for another container of the network, CONTAINER:NAME");
    c.list("--driver-opt", f.driver_opts, "Set driver specific options, NAME=VALUE");
    c.number("--gw-priority", f.gateway_priority, "The highest provides the default gateway; default 0");
    c.list("--link-local-ip", f.link_local, "Add a link-local address for the container");
  });
  group.verb("disconnect", "Disconnect a container from a network", network_disconnect,
             [](Command& c, NetworkDisconnectFlags& f) {
               c.word("NETWORK", f.network, "Name or ID");
               c.word("CONTAINER", f.container, "Name or ID");
               c.flag("-f,--force", f.force, "Forget the network even if it cannot be undone in the container");
             });
  group.verb("prune", "Remove all networks that no container has", network_prune, [](Command& c, NetworkPruneFlags& f) {
    c.flag("-f,--force", f.force, "Do not prompt for confirmation");
    c.list("--filter", f.filters, "label=NAME[=VALUE], label!=NAME[=VALUE], until=TIME");
  });
}

}  // namespace stack::cli
