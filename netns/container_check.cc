#include "netns/container_check.h"

#include <algorithm>

#include "base/error.h"
#include "base/model/sysctl.h"
#include "netns/driver_options.h"
#include "netns/ipam/address.h"

namespace stack::netns {

namespace {

[[noreturn]] void refuse(const std::string& attribute, const std::string& value, const std::string& what,
                         const std::string& remedy) {
  throw Error(ErrorKind::invalid, attribute + ": \"" + value + "\" is not " + what).remedy(remedy);
}

// A word of /etc/hosts or /etc/resolv.conf: nothing that begins another word or line there.
bool is_word(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '#' || c == '\x7f';
  });
}

void check_names(const model::ContainerSpec& spec) {
  for (const std::string& server : spec.dns) {
    if (!parse_address(server)) refuse("dns", server, "an IP address", "name the server by its address, like 1.1.1.1");
  }
  for (const std::string& domain : spec.dns_search) {
    if (!is_word(domain)) refuse("dns_search", domain, "a domain", "write one domain an item, like example.org");
  }
  for (const std::string& option : spec.dns_options) {
    if (!is_word(option)) refuse("dns_opt", option, "an option", "write one option an item, like ndots:2");
  }
  for (const std::string& entry : spec.extra_hosts) {
    const auto equals = entry.find('=');
    const std::string host = entry.substr(0, equals);
    const std::string address = equals == std::string::npos ? std::string{} : entry.substr(equals + 1);
    if (!is_word(host)) refuse("extra_hosts", entry, "a host and its address", "write it like host=10.0.0.5");
    if (address != "host-gateway" && !parse_address(address)) {
      refuse("extra_hosts." + host, address, "an IP address", "give an address, or host-gateway for this machine");
    }
  }
}

void check_attachment(const model::Attachment& attachment) {
  const std::string where = "networks." + attachment.network + ".";
  const auto family_of = [](const std::string& text) {
    const auto address = parse_address(text);
    return address ? std::optional{address->family} : std::nullopt;
  };
  if (const auto& text = attachment.ipv4_address; !text.empty() && family_of(text) != Family::v4) {
    refuse(where + "ipv4_address", text, "an IPv4 address", "write it like 172.28.0.10");
  }
  if (const auto& text = attachment.ipv6_address; !text.empty() && family_of(text) != Family::v6) {
    refuse(where + "ipv6_address", text, "an IPv6 address", "write it like fd00:1::10");
  }
  if (const auto& text = attachment.mac_address; !text.empty()) {
    const auto mac = parse_mac(text);
    if (!mac || ((*mac)[0] & 1) != 0 || *mac == Mac{}) {
      refuse(where + "mac_address", text, "the MAC address of an interface",
             "write six bytes like 02:42:ac:11:00:0a, the first one even");
    }
  }
  for (const std::string& text : attachment.link_local_ips) {
    if (!parse_address(text)) refuse(where + "link_local_ips", text, "an IP address", "write it like 169.254.8.8");
  }
  (void)model::interface_sysctls(attachment.driver_opts, "eth0");
  if (const auto& text = attachment.interface_name; !text.empty() && !is_interface_name(text)) {
    refuse(where + "interface_name", text, "an interface's name",
           "use at most 15 letters, digits, dots, dashes and underscores");
  }
}

void check_port(const model::PublishedPort& port) {
  if (!port.host_ip.empty() && !parse_address(port.host_ip)) {
    refuse("ports", port.host_ip, "an address to publish a port on", "give an IPv4 or IPv6 address of this machine");
  }
  if (port.container_port == 0) refuse("ports", "0", "a port of a container", "give one from 1 to 65535");
  if (port.host_last < port.host_first || (port.host_first == 0 && port.host_last != 0)) {
    refuse("ports", std::to_string(port.host_first) + "-" + std::to_string(port.host_last), "a range of host ports",
           "give the lower one first");
  }
}

}  // namespace

void check_container(const model::ContainerSpec& spec) {
  check_names(spec);
  for (const model::Attachment& attachment : spec.networks) check_attachment(attachment);
  for (const model::PublishedPort& port : spec.ports) check_port(port);
}

}  // namespace stack::netns
