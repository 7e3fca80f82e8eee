#include "engine/service/network_refusals.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/model/sysctl.h"
#include "netns/ipam/address.h"

namespace stack::service {
namespace {

using netns::Address;
using netns::Cidr;
using netns::Family;
using Faults = std::vector<std::string>;

// One is said by itself, several as a list.
void refuse(const std::string& what, const Faults& faults) {
  if (faults.empty()) return;
  std::string text = what + ":";
  for (const std::string& fault : faults) text += (faults.size() == 1 ? "\n" : "\n* ") + fault;
  throw Error(ErrorKind::invalid, text);
}

// "10.1.2.3/16" is written as if it were a subnet of its own.
bool has_host_bits(const std::string& text, const Cidr& cidr) {
  const auto written = netns::parse_address(text.substr(0, text.find('/')));
  return written && *written != cidr.base;
}

std::string family_fault(const Cidr& subnet) {
  return std::string{"parent subnet is an "} + (subnet.base.family == Family::v4 ? "IPv4" : "IPv6") + " block";
}

void check_range(const std::string& text, const Cidr& subnet, Faults& faults) {
  if (text.empty()) return;
  const std::string what = "invalid ip-range " + text + ": ";
  const auto range = netns::parse_cidr(text);
  if (!range) return faults.push_back(what + "invalid CIDR block notation");
  if (range->base.family != subnet.base.family) return faults.push_back(what + family_fault(subnet));
  if (range->prefix < subnet.prefix)
    return faults.push_back(what + "CIDR block is bigger than its parent subnet " + subnet.text());
  if (!subnet.contains(*range))
    return faults.push_back(what + "parent subnet " + subnet.text() + " doesn't contain ip-range");
  if (has_host_bits(text, *range)) faults.push_back(what + "it should be " + range->text());
}

void check_member(const std::string& what, const std::string& text, const Cidr& subnet, Faults& faults) {
  if (text.empty()) return;
  const auto address = netns::parse_address(text);
  if (!address) return faults.push_back(what + "invalid address");
  if (address->family != subnet.base.family) return faults.push_back(what + family_fault(subnet));
  if (!subnet.contains(*address))
    faults.push_back(what + "parent subnet " + subnet.text() + " doesn't contain this address");
}

void check_pool(const model::IpamPool& pool, Faults& faults) {
  const auto subnet = netns::parse_cidr(pool.subnet);
  if (!subnet) return faults.push_back("invalid subnet " + pool.subnet + ": invalid CIDR block notation");
  if (has_host_bits(pool.subnet, *subnet))
    faults.push_back("invalid subnet " + pool.subnet + ": it should be " + subnet->text());
  check_range(pool.ip_range, *subnet, faults);
  check_member("invalid gateway " + pool.gateway + ": ", pool.gateway, *subnet, faults);
  for (const auto& [name, address] : pool.aux_addresses)
    check_member("invalid auxiliary address " + name + ": ", address, *subnet, faults);
}

void check_address(const model::NetworkSpec& network, const std::string& text, Family family, Faults& faults) {
  if (text.empty()) return;
  const char* name = family == Family::v4 ? "IPv4" : "IPv6";
  const auto address = netns::parse_address(text);
  if (!address || address->family != family) faults.push_back(std::string{"invalid "} + name + " address: " + text);
  if (network.name == "bridge") return;
  bool configured = false;
  for (const model::IpamPool& pool : network.pools) {
    const auto subnet = netns::parse_cidr(pool.subnet);
    if (!subnet || subnet->base.family != family) continue;
    configured = true;
    if (address && subnet->contains(*address)) return;
  }
  faults.push_back(configured ? "no configured subnet or ip-range contain the IP address " + text
                              : "user specified IP address is supported only when connecting to networks with user "
                                "configured subnets");
}

}  // namespace

void check_pools(const model::NetworkSpec& spec) {
  Faults faults;
  for (const model::IpamPool& pool : spec.pools) check_pool(pool, faults);
  refuse("invalid network config", faults);
}

void check_endpoint(const model::NetworkSpec& network, const model::Attachment& attachment) {
  Faults faults;
  const bool by_default = network.name == "bridge";
  if (by_default && !attachment.aliases.empty())
    faults.emplace_back("network-scoped alias is supported only for containers in user defined networks");
  if (by_default && !(attachment.ipv4_address.empty() && attachment.ipv6_address.empty()))
    faults.emplace_back("user specified IP address is supported on user defined networks only");
  check_address(network, attachment.ipv4_address, Family::v4, faults);
  check_address(network, attachment.ipv6_address, Family::v6, faults);
  for (const std::string& text : attachment.link_local_ips) {
    if (!netns::parse_address(text)) faults.push_back("invalid link-local IP address: " + text);
  }
  try {
    (void)model::interface_sysctls(attachment.driver_opts, "eth0");
  } catch (const Error& error) {
    faults.push_back(error.message());
  }
  refuse("invalid endpoint settings", faults);
}

}  // namespace stack::service
