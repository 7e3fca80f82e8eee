#include "cli/commands/network_verbs.h"

#include <array>
#include <charconv>
#include <iostream>
#include <optional>

#include <arpa/inet.h>

#include "base/model/network_options.h"
#include "cli/commands/failures.h"
#include "cli/commands/name_values.h"
#include "cli/view/agreement.h"
#include "cli/view/format_json.h"
#include "cli/view/network_view.h"
#include "cli/view/prune_view.h"

namespace stack::cli {
namespace {

// An address or a subnet, as far as telling which contains which needs it; the engine checks the rest.
struct Subnet {
  std::array<unsigned char, 16> bytes{};
  int family = AF_INET, prefix = 32;

  [[nodiscard]] bool contains(const Subnet& other) const {
    if (family != other.family || prefix > other.prefix) return false;
    for (int bit = 0; bit < prefix; ++bit) {
      const unsigned char mask = static_cast<unsigned char>(0x80u >> (bit % 8));
      if ((bytes[bit / 8] & mask) != (other.bytes[bit / 8] & mask)) return false;
    }
    return true;
  }
};

std::optional<Subnet> parse_subnet(const std::string& text) {
  Subnet out;
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  if (address.find(':') != std::string::npos) {
    out.family = AF_INET6;
    out.prefix = 128;
  }
  if (::inet_pton(out.family, address.c_str(), out.bytes.data()) != 1) return std::nullopt;
  if (slash == std::string::npos) return out;
  const char *first = text.data() + slash + 1, *last = text.data() + text.size();
  int prefix = 0;
  const auto [end, error] = std::from_chars(first, last, prefix);
  if (error != std::errc{} || end != last || prefix < 0 || prefix > out.prefix) return std::nullopt;
  out.prefix = prefix;
  return out;
}

// The pool that contains `address`, which stands in `flag`.
model::IpamPool& pool_with(std::vector<model::IpamPool>& pools, const std::string& flag, const std::string& address) {
  const auto wanted = parse_subnet(address);
  if (!wanted) throw Error(ErrorKind::invalid, flag + ": invalid address \"" + address + "\"");
  for (model::IpamPool& pool : pools) {
    const auto subnet = parse_subnet(pool.subnet);
    if (subnet && subnet->contains(*wanted)) return pool;
  }
  // Docker's words.
  if (pools.empty()) throw Error(ErrorKind::invalid, "every ip-range or gateway must have a corresponding subnet");
  throw Error(ErrorKind::invalid, "no matching subnet for " +
                                      std::string{flag == "--gateway"    ? "gateway "
                                                  : flag == "--ip-range" ? "range "
                                                                         : "aux-address "} +
                                      address);
}

std::vector<model::IpamPool> pools_of(const NetworkCreateFlags& flags) {
  std::vector<model::IpamPool> pools;
  for (const std::string& subnet : flags.subnets) {
    pools.push_back({.subnet = subnet, .ip_range = {}, .gateway = {}, .aux_addresses = {}});
  }
  const auto set_once = [](std::string& member, const std::string& flag, const std::string& value,
                           const std::string& subnet) {
    if (!member.empty())
      throw Error(ErrorKind::invalid, flag + ": the subnet " + subnet + " has two: " + member + " and " + value);
    member = value;
  };
  for (const std::string& range : flags.ip_ranges) {
    model::IpamPool& pool = pool_with(pools, "--ip-range", range);
    set_once(pool.ip_range, "--ip-range", range, pool.subnet);
  }
  for (const std::string& gateway : flags.gateways) {
    model::IpamPool& pool = pool_with(pools, "--gateway", gateway);
    set_once(pool.gateway, "--gateway", gateway, pool.subnet);
  }
  for (const auto& [name, address] : pairs_of(flags.aux_addresses))
    pool_with(pools, "--aux-address", address).aux_addresses[name] = address;
  return pools;
}

bool agreed_to_prune() {
  return agreed(
      "WARNING! This will remove all custom networks not used by at least one container.\n"
      "Are you sure you want to continue?");
}

}  // namespace

int network_ls(Session& session, const NetworkLsFlags& flags) {
  const std::vector<model::Network> networks = session.engine().networks(parse_filters(flags.filters));
  if (flags.quiet) {
    for (const model::Network& network : networks)
      std::cout << (flags.no_trunc ? network.id : network.id.substr(0, 12)) << "\n";
  } else if (flags.format == "table") {
    std::cout << networks_table(networks, flags.no_trunc) << std::flush;
  } else {
    std::cout << format_rows(flags.format, networks_lines(networks, flags.no_trunc), network_titles());
  }
  return 0;
}

int network_create(Session& session, const NetworkCreateFlags& flags) {
  if (flags.ipam_driver != "default") {
    throw Error(ErrorKind::unsupported, "--ipam-driver: the driver \"" + flags.ipam_driver + "\" is not supported")
        .remedy("use default");
  }
  if (!flags.scope.empty() && flags.scope != "local")
    throw Error(ErrorKind::unsupported, "--scope: the scope \"" + flags.scope + "\" needs a swarm").remedy("use local");
  model::NetworkSpec spec;
  spec.name = flags.name;
  spec.driver = flags.driver;
  spec.driver_opts = pairs_of(flags.options);
  spec.labels = pairs_of(flags.labels);
  spec.ipam_options = pairs_of(flags.ipam_options);
  spec.pools = pools_of(flags);
  spec.internal = flags.internal;
  spec.attachable = flags.attachable;
  spec.enable_ipv4 = flags.ipv4;
  spec.enable_ipv6 = flags.ipv6;
  std::cout << session.engine().create_network(spec) << "\n";
  return 0;
}

int network_inspect(Session& session, const NetworkInspectFlags& flags) {
  std::vector<api::NetworkView> found;
  Failures failures;
  for (const std::string& name : flags.names)
    failures.attempt([&] { found.push_back(session.engine().inspect_network(name)); });
  if (flags.format.empty()) {
    std::cout << network_inspect_json(found) << "\n";
  } else {
    std::cout << format_objects(flags.format, network_inspect_lines(found));
  }
  failures.report();
  return 0;
}

int network_rm(Session& session, const NetworkRmFlags& flags) {
  Failures failures;
  for (const std::string& name : flags.names) {
    failures.attempt([&] {
      try {
        session.engine().remove_network(name);
        std::cout << name << "\n";
      } catch (const Error& error) {
        if (!flags.force || error.kind() != ErrorKind::not_found) throw;
      }
    });
  }
  failures.report();
  return 0;
}

int network_connect(Session& session, const NetworkConnectFlags& flags) {
  api::NetworkJoin join{.container = flags.container, .attachment = {}};
  model::Attachment& attachment = join.attachment;
  attachment.aliases = flags.aliases;
  attachment.ipv4_address = flags.ip;
  attachment.ipv6_address = flags.ip6;
  attachment.gateway_priority = flags.gateway_priority;
  for (const std::string& link : flags.links) {
    const std::size_t colon = link.find(':');
    attachment.links[colon == std::string::npos ? link : link.substr(colon + 1)] = link.substr(0, colon);
  }
  attachment.link_local_ips = flags.link_local;
  for (const auto& [name, value] : pairs_of(flags.driver_opts)) {
    const bool known = name == model::kInterfaceOption || name == model::kSysctlsOption;
    if (!known && !session.options().docker)
      std::cerr << "warning: --driver-opt " << name << ": no driver knows this option; it has no effect\n";
    attachment.driver_opts[name] = value;
  }
  session.engine().connect_network(flags.network, join);
  return 0;
}

int network_disconnect(Session& session, const NetworkDisconnectFlags& flags) {
  session.engine().disconnect_network(flags.network, {.container = flags.container, .force = flags.force});
  return 0;
}

int network_prune(Session& session, const NetworkPruneFlags& flags) {
  const Filters filters = parse_filters(flags.filters);
  if (!flags.force && !agreed_to_prune()) return 0;
  const std::vector<std::string> removed = session.engine().prune_networks(filters);
  std::cout << removed_text("Deleted Networks", removed);
  return 0;
}

}  // namespace stack::cli
