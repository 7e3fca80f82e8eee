#include "netns/network_plan.h"

#include "base/error.h"

namespace stack::netns {

namespace {

Error bad(const std::string& network, const std::string& what) {
  return Error(ErrorKind::invalid, "network " + network + ": " + what);
}

Cidr read_subnet(const std::string& network, const std::string& key, const std::string& text) {
  const auto cidr = parse_cidr(text);
  if (!cidr) {
    throw bad(network, key + " \"" + text + "\" is not a subnet").remedy("write it like 172.28.0.0/16");
  }
  return *cidr;
}

Address read_member(const std::string& network, const std::string& key, const std::string& text, const Cidr& subnet) {
  const auto address = parse_address(text);
  if (!address) throw bad(network, key + " \"" + text + "\" is not an address");
  if (!subnet.contains(*address)) throw bad(network, key + " " + text + " is outside the subnet " + subnet.text());
  return *address;
}

// Docker's words in front: its clients look for them.
const std::string kOverlap = "invalid pool request: Pool overlaps with other one on this address space: network ";

void check_free(const std::string& network, const Cidr& subnet, const AddressesInUse& in_use, bool shares_host_subnet) {
  for (const auto& other : in_use.networks) {
    if (!other.subnet.overlaps(subnet)) continue;
    throw Error(ErrorKind::not_permitted, kOverlap + network + ": the subnet " + subnet.text() + " overlaps " +
                                              other.subnet.text() + " of the network " + other.network);
  }
  if (shares_host_subnet) return;
  for (const HostRoute& route : in_use.host) {
    if (!subnet.contains(route.destination)) continue;
    throw Error(ErrorKind::not_permitted, kOverlap + network + ": the subnet " + subnet.text() + " overlaps " +
                                              route.destination.text() + ", which the host has" +
                                              (route.interface.empty() ? "" : " on " + route.interface))
        .remedy("choose another subnet, or none and get a free one");
  }
}

Cidr choose(const std::string& network, Family family, const std::vector<PoolSource>& pools,
            const AddressesInUse& in_use, const std::vector<Cidr>& own) {
  std::vector<Cidr> used = own;
  for (const auto& other : in_use.networks) used.push_back(other.subnet);
  for (const HostRoute& route : in_use.host) used.push_back(route.destination);
  const auto subnet = first_free(pools, family, used);
  if (subnet) return *subnet;
  throw Error(ErrorKind::conflict, "network " + network + ": every " + (family == Family::v4 ? "IPv4" : "IPv6") +
                                       " default address pool is in use")
      .remedy("remove networks that nobody needs, give the network a subnet, or give the engine more pools");
}

model::IpamPool complete(const std::string& network, model::IpamPool pool, const Cidr& subnet) {
  pool.subnet = subnet.text();
  const int host_bits = width_of(subnet.base.family) - subnet.prefix;
  if (host_bits == 0) throw bad(network, "the subnet " + subnet.text() + " has room for one address only");
  Cidr range = subnet;
  if (!pool.ip_range.empty()) {
    range = read_subnet(network, "ip_range", pool.ip_range);
    if (!subnet.contains(range)) {
      throw bad(network, "ip_range " + pool.ip_range + " is outside the subnet " + subnet.text());
    }
    pool.ip_range = range.text();
  }
  const Pool addresses(subnet, range);
  if (pool.gateway.empty()) {
    Address first = subnet.first();
    if (!addresses.usable(first)) ++first.bits;
    pool.gateway = first.text();
  } else {
    const Address gateway = read_member(network, "gateway", pool.gateway, subnet);
    if (!addresses.usable(gateway)) throw bad(network, "gateway " + pool.gateway + " is not the address of a machine");
    pool.gateway = gateway.text();
  }
  for (const auto& [name, text] : pool.aux_addresses) read_member(network, "auxiliary address " + name, text, subnet);
  return pool;
}

}  // namespace

std::vector<model::IpamPool> plan_pools(const model::NetworkSpec& spec, const std::vector<PoolSource>& auto_pools,
                                        const AddressesInUse& in_use, bool shares_host_subnet) {
  if (!spec.enable_ipv4 && !spec.enable_ipv6) throw bad(spec.name, "IPv4 and IPv6 are both disabled");
  std::vector<model::IpamPool> out;
  std::vector<Cidr> own;
  bool has_v4 = false, has_v6 = false;
  for (const model::IpamPool& pool : spec.pools) {
    if (pool.subnet.empty()) {
      if (pool == model::IpamPool{}) continue;
      throw bad(spec.name, "a pool has a gateway, a range or an auxiliary address, but no subnet");
    }
    const Cidr subnet = read_subnet(spec.name, "subnet", pool.subnet);
    const bool v4 = subnet.base.family == Family::v4;
    if (v4 ? !spec.enable_ipv4 : !spec.enable_ipv6) {
      throw bad(spec.name, "the subnet " + pool.subnet + " needs enable_" + (v4 ? "ipv4" : "ipv6"));
    }
    for (const Cidr& other : own) {
      if (other.overlaps(subnet))
        throw bad(spec.name, "its subnets " + other.text() + " and " + subnet.text() + " overlap");
    }
    check_free(spec.name, subnet, in_use, shares_host_subnet);
    (v4 ? has_v4 : has_v6) = true;
    own.push_back(subnet);
    out.push_back(complete(spec.name, pool, subnet));
  }
  for (const Family family : {Family::v4, Family::v6}) {
    const bool v4 = family == Family::v4;
    if (v4 ? has_v4 || !spec.enable_ipv4 : has_v6 || !spec.enable_ipv6) continue;
    const Cidr subnet = choose(spec.name, family, auto_pools, in_use, own);
    own.push_back(subnet);
    out.push_back(complete(spec.name, {}, subnet));
  }
  return out;
}

OpenPool open_pool(const model::IpamPool& pool) {
  const auto subnet = parse_cidr(pool.subnet);
  const auto gateway = parse_address(pool.gateway);
  if (!subnet || !gateway) throw Error(ErrorKind::invalid, "\"" + pool.subnet + "\" is not a subnet with a gateway");
  const auto range = pool.ip_range.empty() ? subnet : parse_cidr(pool.ip_range);
  if (!range) throw Error(ErrorKind::invalid, "\"" + pool.ip_range + "\" is not a range of addresses");
  OpenPool out{Pool(*subnet, *range), *gateway};
  out.pool.reserve(*gateway);
  for (const auto& [name, text] : pool.aux_addresses) {
    if (const auto address = parse_address(text)) out.pool.reserve(*address);
  }
  return out;
}

std::string bridge_name(const std::string& tag, const std::string& network_id) {
  return "s" + tag + "b" + network_id.substr(0, 7);
}

}  // namespace stack::netns
