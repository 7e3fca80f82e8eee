#include <algorithm>
#include <map>
#include <set>

#include "base/model/volume_options.h"
#include "base/truth.h"
#include "compose/admission/number_text.h"
#include "compose/admission/value_rules.h"
#include "compose/model/project_names.h"

namespace stack::compose {
namespace {

class ResourceReport {
 public:
  ResourceReport(const Project& project, std::vector<Objection>& out) : project_(project), out_(out) {}

  void refuse(const std::string& path, std::string message) {
    out_.push_back({path, find_place(project_.places, path), std::move(message), true});
  }

 private:
  const Project& project_;
  std::vector<Objection>& out_;
};

// Names of resources are names of folders and of the engine's objects.
bool is_resource_name(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return name.size() > 1 && plain(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return plain(c) || c == '_' || c == '.' || c == '-'; });
}

void check_name(const std::string& name, const std::string& path, ResourceReport& report) {
  if (is_resource_name(name)) return;
  report.refuse(path + ".name",
                "\"" + name +
                    "\" cannot be a name; use two or more letters, digits, \"_\", \".\" and \"-\", with a "
                    "letter or digit first");
}

std::string network_of(Subnet subnet) {
  const unsigned all = subnet.family == AddressFamily::v4 ? 32 : 128;
  for (unsigned bit = subnet.prefix; bit < all; ++bit)
    subnet.bytes[bit / 8] = static_cast<unsigned char>(subnet.bytes[bit / 8] & ~(0x80U >> (bit % 8)));
  return address_text(subnet.family, subnet.bytes) + "/" + std::to_string(subnet.prefix);
}

void check_inside(const Subnet& subnet, const std::string& text, const std::string& address, const std::string& path,
                  ResourceReport& report) {
  if (address.empty() || contains(subnet, address)) return;
  const bool is_address = address_family(address) != AddressFamily::none;
  report.refuse(path, "\"" + address + "\" is " +
                          (is_address ? "outside the subnet " + text + "; write an address in it"
                                      : std::string{"no IP address; write one of the subnet "} + text));
}

void check_pool(const IpamPool& pool, const std::string& path, ResourceReport& report) {
  if (pool.subnet.empty()) {
    if (!pool.gateway.empty() || !pool.ip_range.empty() || !pool.aux_addresses.empty())
      report.refuse(path, "these addresses need their subnet; write subnet: 172.30.0.0/16 beside them");
    return;
  }
  const auto subnet = parse_subnet(pool.subnet);
  if (!subnet) {
    report.refuse(path + ".subnet",
                  "\"" + pool.subnet + "\" is not a subnet; write one such as 172.30.0.0/16 or fd00:1::/64");
    return;
  }
  if (!is_network_address(*subnet)) {
    report.refuse(path + ".subnet",
                  "\"" + pool.subnet + "\" is an address within a subnet; write " + network_of(*subnet));
    return;
  }
  check_inside(*subnet, pool.subnet, pool.gateway, path + ".gateway", report);
  for (const auto& [name, address] : pool.aux_addresses)
    check_inside(*subnet, pool.subnet, address, path + ".aux_addresses." + name, report);
  if (pool.ip_range.empty()) return;
  const auto range = parse_subnet(pool.ip_range);
  if (!range) {
    report.refuse(path + ".ip_range",
                  "\"" + pool.ip_range + "\" is not a range of addresses; write one such as 172.30.5.0/24");
  } else if (range->prefix < subnet->prefix || !contains(*subnet, pool.ip_range.substr(0, pool.ip_range.find('/')))) {
    report.refuse(path + ".ip_range", "\"" + pool.ip_range + "\" is outside the subnet " + pool.subnet);
  }
}

// Of the driver bridge. Options that it does not know have no effect.
void check_option(const std::string& name, const std::string& value, const std::string& path, ResourceReport& report) {
  constexpr std::uint64_t kMtuMin = 68, kMtuMax = 65535;
  if (name == "com.docker.network.driver.mtu" || name == "mtu") {
    const auto mtu = whole_number(value, kMtuMax);
    if (!mtu || (*mtu != 0 && *mtu < kMtuMin))
      report.refuse(path, "\"" + value + "\" is not an MTU; write a number from 68 to 65535");
  } else if (name == "com.docker.network.bridge.enable_icc" ||
             name == "com.docker.network.bridge.enable_ip_masquerade") {
    if (!parse_truth(value)) report.refuse(path, "\"" + value + "\" is neither true nor false");
  } else if (name == "com.docker.network.bridge.host_binding_ipv4") {
    if (address_family(value) != AddressFamily::v4)
      report.refuse(path, "\"" + value + "\" is not an IPv4 address of the host");
  } else if (name == "com.docker.network.bridge.name" && !is_interface_name(value)) {
    report.refuse(path, "\"" + value +
                            "\" is not a name of an interface; use at most 15 letters, digits, \".\", \"-\" and \"_\"");
  }
}

// Of the drivers macvlan and ipvlan, whose networks are those of an interface of the host.
void check_parent(const Network& network, const std::string& driver, const std::string& path, ResourceReport& report) {
  if (!network.driver_opts.contains("parent")) {
    report.refuse(path + ".driver_opts",
                  "the driver " + driver + " needs an interface of the host; write one such as parent: eth0");
  }
  const std::map<std::string, std::set<std::string>> modes = {{"macvlan", {"bridge", "private", "vepa", "passthru"}},
                                                              {"ipvlan", {"l2", "l3", "l3s"}}};
  for (const auto& [name, value] : network.driver_opts) {
    const std::string at = path + ".driver_opts." + name;
    if (name == "com.docker.network.driver.mtu" || name == "mtu") {
      check_option(name, value, at, report);
    } else if (name == driver + "_mode") {
      std::string known;
      for (const std::string& mode : modes.at(driver)) known += (known.empty() ? "" : ", ") + mode;
      if (!modes.at(driver).contains(value))
        report.refuse(at, "\"" + value + "\" is not a mode; write one of " + known);
    } else if (name != "parent" && name != "com.docker.network.container_iface_prefix") {
      report.refuse(at, "the driver " + driver + " does not know this option; remove it");
    } else if (!is_interface_name(value)) {
      report.refuse(at, "\"" + value +
                            "\" is not a name of an interface; use at most 15 letters, digits, \".\", \"-\" and \"_\"");
    }
  }
}

// Networks of one project cannot share addresses, and neither can pools of one network.
void check_overlap(const std::vector<std::pair<std::string, std::string>>& pools, ResourceReport& report) {
  for (std::size_t i = 0; i < pools.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto a = parse_subnet(pools[i].second), b = parse_subnet(pools[j].second);
      if (!a || !b || a->family != b->family) continue;
      const auto& [wide, narrow] = a->prefix < b->prefix ? std::pair{*a, *b} : std::pair{*b, *a};
      if (!contains(wide, address_text(narrow.family, narrow.bytes))) continue;
      report.refuse(pools[i].first,
                    "the subnet " + pools[i].second + " overlaps " + pools[j].second + " of " + pools[j].first);
      break;
    }
  }
}

// A fixed address lies in a subnet of its network, as far as the file gives that.
void check_fixed_address(const Service& service, const std::string& key, const Network& network,
                         const std::string& attribute, const std::string& address, std::vector<Objection>& out) {
  const AddressFamily family = address_family(address);
  if (family == AddressFamily::none) return;
  std::string subnets;
  for (const IpamPool& pool : network.ipam.config) {
    const auto subnet = parse_subnet(pool.subnet);
    if (!subnet || subnet->family != family) continue;
    if (contains(*subnet, address)) return;
    subnets += (subnets.empty() ? "" : " and ") + pool.subnet;
  }
  if (subnets.empty()) return;
  const std::string path = "networks." + key + "." + attribute;
  out.push_back({"services." + service.name + "." + path, service.place_of(path),
                 "\"" + address + "\" is outside the network's subnet " + subnets + "; write an address in it", true});
}

void check_fixed_addresses(const Project& project, std::vector<Objection>& out) {
  for (const auto& [name, service] : project.services) {
    for (const auto& [key, settings] : service.networks) {
      const auto network = project.networks.find(key);
      if (!settings || network == project.networks.end() || network->second.external) continue;
      check_fixed_address(service, key, network->second, "ipv4_address", settings->ipv4_address, out);
      check_fixed_address(service, key, network->second, "ipv6_address", settings->ipv6_address, out);
    }
  }
}

}  // namespace

void check_networks(const Project& project, std::vector<Objection>& out) {
  ResourceReport report{project, out};
  std::vector<std::pair<std::string, std::string>> pools;  // path and subnet
  for (const auto& [key, network] : project.networks) {
    if (network.external) continue;
    const std::string path = "networks." + key;
    // A network's name names no file: one letter will do, and any of the signs may come first.
    if (!is_resource_name("n" + network.name) || network.name.empty()) check_name(network.name, path, report);
    for (std::size_t i = 0; i < network.ipam.config.size(); ++i) {
      const std::string at = path + ".ipam.config[" + std::to_string(i) + "]";
      check_pool(network.ipam.config[i], at, report);
      pools.emplace_back(at + ".subnet", network.ipam.config[i].subnet);
    }
    const std::string driver = driver_of(network);
    if (driver == "macvlan" || driver == "ipvlan") check_parent(network, driver, path, report);
    if (driver != "bridge") continue;
    for (const auto& [name, value] : network.driver_opts)
      check_option(name, value, path + ".driver_opts." + name, report);
  }
  check_overlap(pools, report);
  check_fixed_addresses(project, out);
}

void check_volumes(const Project& project, std::vector<Objection>& out) {
  ResourceReport report{project, out};
  for (const auto& [key, volume] : project.volumes) {
    if (volume.external) continue;
    const std::string path = "volumes." + key;
    check_name(volume.name, path, report);
    if (!volume.driver.empty() && volume.driver != "local") {
      report.refuse(path + ".driver", "this engine has no volume driver \"" + volume.driver + "\"; it has local");
      continue;
    }
    const auto read = model::read_volume_options(volume.driver_opts);
    if (!read.fault.empty()) report.refuse(path + ".driver_opts." + read.key, read.fault);
  }
}

}  // namespace stack::compose
