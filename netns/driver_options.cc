#include "netns/driver_options.h"

#include <algorithm>
#include <charconv>

#include <linux/if_link.h>
#include <net/if.h>

#include "base/error.h"
#include "base/model/network_options.h"
#include "base/truth.h"

namespace stack::netns {

namespace {

using GivenOptions = std::map<std::string, std::string>;

class Reader {
 public:
  Reader(const model::NetworkSpec& spec, DriverOptions& out) : spec_(spec), out_(out) {}

  void read() {
    for (const auto& [key, value] : spec_.driver_opts) {
      if (out_.kind == LinkKind::veth) {
        if (model::is_bridge_option(key) && !common(key, value)) bridge(key, value);
      } else if (!common(key, value) && !parented(key, value)) {
        throw Error(ErrorKind::unsupported, where(key) + " is not an option of the driver " + driver())
            .remedy("remove the option from driver_opts");
      }
    }
  }

 private:
  [[nodiscard]] std::string driver() const { return spec_.driver.empty() ? "bridge" : spec_.driver; }
  [[nodiscard]] std::string where(const std::string& key) const { return "network " + spec_.name + ": " + key; }

  bool truth(const std::string& key, const std::string& value) const {
    if (const auto known = parse_truth(value)) return *known;
    throw Error(ErrorKind::invalid, where(key) + " is \"" + value + "\", which is neither true nor false");
  }

  bool common(const std::string& key, const std::string& value) {
    if (key == "com.docker.network.driver.mtu" || key == "mtu") {
      const char* end = value.data() + value.size();
      const auto [stop, error] = std::from_chars(value.data(), end, out_.mtu);
      if (error != std::errc{} || stop != end || out_.mtu > 65535 || (out_.mtu != 0 && out_.mtu < 68)) {
        throw Error(ErrorKind::invalid, where(key) + " is \"" + value + "\", not a number from 68 to 65535");
      }
      return true;
    }
    if (key != "com.docker.network.container_iface_prefix") return false;
    // Room for a number behind it.
    if (!is_interface_name(value) || value.size() > 12) {
      throw Error(ErrorKind::invalid, where(key) + " is \"" + value + "\", which cannot begin an interface's name");
    }
    out_.interface_prefix = value;
    return true;
  }

  void bridge(const std::string& key, const std::string& value) {
    if (key == "com.docker.network.bridge.name") {
      if (!is_interface_name(value)) {
        throw Error(ErrorKind::invalid, where(key) + " is \"" + value + "\", which is not an interface's name")
            .remedy("use at most 15 letters, digits, dots, dashes and underscores");
      }
      out_.bridge_name = value;
    } else if (key == "com.docker.network.bridge.enable_ip_masquerade") {
      out_.masquerade = truth(key, value);
    } else if (key == "com.docker.network.bridge.enable_icc") {
      out_.neighbours = truth(key, value);
    } else if (key == "com.docker.network.bridge.host_binding_ipv4") {
      out_.host_binding = parse_address(value);
      if (!out_.host_binding || out_.host_binding->family != Family::v4) {
        throw Error(ErrorKind::invalid, where(key) + " is \"" + value + "\", which is not an IPv4 address");
      }
    } else if (key == "com.docker.network.bridge.inhibit_ipv4") {
      out_.bridge_has_ipv4 = !truth(key, value);
    } else if (key == "com.docker.network.enable_ipv6") {
      out_.ipv6 = truth(key, value);
    }
  }

  bool parented(const std::string& key, const std::string& value) {
    if (key == "parent") {
      if (!is_interface_name(value)) {
        throw Error(ErrorKind::invalid, where(key) + " is \"" + value + "\", which is not an interface's name");
      }
      out_.parent = value;
      return true;
    }
    static const std::map<std::string, std::uint32_t> kMacvlan = {{"bridge", MACVLAN_MODE_BRIDGE},
                                                                  {"private", MACVLAN_MODE_PRIVATE},
                                                                  {"vepa", MACVLAN_MODE_VEPA},
                                                                  {"passthru", MACVLAN_MODE_PASSTHRU}};
    static const std::map<std::string, std::uint32_t> kIpvlan = {
        {"l2", IPVLAN_MODE_L2}, {"l3", IPVLAN_MODE_L3}, {"l3s", IPVLAN_MODE_L3S}};
    const bool macvlan = out_.kind == LinkKind::macvlan;
    if (key != (macvlan ? "macvlan_mode" : "ipvlan_mode")) return false;
    const auto& modes = macvlan ? kMacvlan : kIpvlan;
    const auto it = modes.find(value);
    if (it == modes.end()) throw Error(ErrorKind::invalid, where(key) + " is \"" + value + "\", which is not a mode");
    out_.mode = it->second;
    return true;
  }

  const model::NetworkSpec& spec_;
  DriverOptions& out_;
};

}  // namespace

bool is_interface_name(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ || name == "." || name == ".." || name == "all" || name == "default") {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

DriverOptions parse_driver_options(const model::NetworkSpec& spec) {
  DriverOptions out;
  if (spec.driver == "macvlan") {
    out.kind = LinkKind::macvlan;
    out.mode = MACVLAN_MODE_BRIDGE;
  } else if (spec.driver == "ipvlan") {
    out.kind = LinkKind::ipvlan;
    out.mode = IPVLAN_MODE_L2;
  } else if (!spec.driver.empty() && spec.driver != "bridge" && spec.driver != "default") {
    throw Error(ErrorKind::unsupported, "network " + spec.name + ": there is no driver \"" + spec.driver + "\"")
        .remedy("use bridge, macvlan or ipvlan");
  }
  Reader(spec, out).read();
  if (out.kind != LinkKind::veth && out.parent.empty()) {
    throw Error(ErrorKind::invalid, "network " + spec.name + ": the driver " + spec.driver + " needs the option parent")
        .remedy("name the interface of the host that it shall use: driver_opts: {parent: eth0}");
  }
  return out;
}

}  // namespace stack::netns
