// From a NetworkSpec to a Network with subnets, gateways and a bridge's name: the decisions, without the kernel. Pure;
// any thread.
#pragma once

#include <string>
#include <vector>

#include "base/model/network_spec.h"
#include "netns/driver_options.h"
#include "netns/ipam/default_pools.h"
#include "netns/ipam/pool.h"
#include "netns/links/host_links.h"

namespace stack::netns {

// What a new network must keep clear of.
struct AddressesInUse {
  struct Named {
    Cidr subnet;
    std::string network;
  };
  std::vector<Named> networks;
  std::vector<HostRoute> host;  // without those of our own bridges
};

// Fills in pools. `auto_pools` serve networks that name no subnet. Throws Error(invalid) for what is wrong in itself,
// Error(conflict) for an overlap with another network or, unless `shares_host_subnet` (macvlan and ipvlan live in the
// subnet of their parent), with something on the host that is as narrow as the subnet or narrower; a wider route is
// left alone, because the kernel prefers the narrower one.
std::vector<model::IpamPool> plan_pools(const model::NetworkSpec& spec, const std::vector<PoolSource>& auto_pools,
                                        const AddressesInUse& in_use, bool shares_host_subnet);

// The allocator of a pool that plan_pools made (or that was stored): gateway and auxiliary addresses reserved. Throws
// Error(invalid) when the texts are not what they must be.
struct OpenPool {
  Pool pool;
  Address gateway;
};
OpenPool open_pool(const model::IpamPool& pool);

// "s<tag>b" and seven digits of the id: within 15 characters for a tag of up to six.
std::string bridge_name(const std::string& tag, const std::string& network_id);

}  // namespace stack::netns
