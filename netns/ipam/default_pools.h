// Subnets for networks that name none: cut from pools, clear of everything that is in use. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netns/ipam/address.h"

namespace stack::netns {

struct PoolSource {
  Cidr base;
  int cut = 0;  // prefix length of each subnet cut from it
};

// What Docker's users know: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/16 in pieces of /20.
std::vector<PoolSource> built_in_pools();
// "10.0.0.0/8" is cut into /24 (IPv6: /64), a smaller pool is one subnet; "10.0.0.0/8,20" says the length. Throws
// Error(invalid) with the text.
std::vector<PoolSource> parse_pools(const std::vector<std::string>& texts);
// The first subnet of `family` that overlaps none in `used`.
std::optional<Cidr> first_free(const std::vector<PoolSource>& pools, Family family, const std::vector<Cidr>& used);
// A unique local /48 (RFC 4193) that belongs to `tag`, cut into /64.
PoolSource unique_local_pool(const std::string& tag);

}  // namespace stack::netns
