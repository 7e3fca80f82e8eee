#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "base/split.h"
#include "cli/commands/creation_parts_json.h"
#include "cli/commands/flag_error.h"
#include "cli/commands/flag_values.h"
#include "compose/load/short_forms.h"

namespace stack::cli {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

bool all_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}
bool is_port(const std::string& text) { return all_digits(text) && text.size() <= 5 && std::stoi(text) <= 65535; }

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

// Of "address:published:target"; empty where the address can be read.
std::string mistake_in_address(const std::string& ports) {
  const std::size_t last = ports.rfind(':');
  const std::size_t second = last == std::string::npos || last == 0 ? std::string::npos : ports.rfind(':', last - 1);
  if (second == std::string::npos || second == 0) return {};
  std::string address = ports.substr(0, second);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string::npos && !is_address(address)) {
    return "Invalid ip address " + address + ": address " + address + ":: too many colons in address";
  }
  return is_address(address) ? "" : "Invalid ip address: " + address;
}

// What is wrong with a port that cannot be read, in Docker's words.
std::string mistake_in_port(const std::string& text, const std::string& problem) {
  const std::string ports = text.substr(0, text.find('/'));
  const Words parts = split(ports, ':');
  const auto bad = [](const std::string& range) {
    const Words ends = split(range, '-');
    return ends.size() > 2 || !std::all_of(ends.begin(), ends.end(), is_port);
  };
  if (parts.back().empty()) return "No port specified: " + text + "<empty>";
  if (const std::string address = mistake_in_address(ports); !address.empty()) return address;
  if (bad(parts.back())) return "Invalid containerPort: " + parts.back();
  if (parts.size() > 1 && !parts[parts.size() - 2].empty() && bad(parts[parts.size() - 2]))
    return "Invalid hostPort: " + parts[parts.size() - 2];
  if (problem.ends_with("have different lengths"))
    return "Invalid ranges specified for container and host Ports: " + parts.back() + " and " + parts[parts.size() - 2];
  if (problem.find("is not one of the protocols") != std::string::npos)
    return "Invalid proto: " + text.substr(text.rfind('/') + 1);
  return "invalid publish: " + text + ": " + problem;
}

std::string port_name(const compose::ShortPort& port) {
  return std::to_string(port.target) + "/" + (port.protocol.empty() ? "tcp" : port.protocol);
}

// "target=80,published=8080,protocol=tcp" is that form of `--publish` too.
compose::ShortPort port_of_fields(const std::string& text) {
  compose::ShortPort port;
  for (const Field& field : fields_of_flag("publish", text)) {
    if (field.key == "target") {
      if (!is_port(field.value)) throw Error(ErrorKind::invalid, "Invalid containerPort: " + field.value);
      port.target = static_cast<std::uint16_t>(std::stoi(field.value));
    } else if (field.key == "published") {
      port.published = field.value;
    } else if (field.key == "protocol") {
      port.protocol = field.value;
    } else if (field.key != "mode") {
      throw Error(ErrorKind::invalid, "invalid field key " + field.key);
    }
  }
  return port;
}

void add_ports(const ContainerFlags& f, json& config, json& host) {
  for (const std::string& text : f.publish) {
    std::vector<compose::ShortPort> ports;
    if (text.find('=') != std::string::npos) {
      ports.push_back(port_of_fields(text));
    } else {
      auto parsed = compose::parse_ports(text);
      if (!parsed.value) throw Error(ErrorKind::invalid, mistake_in_port(text, parsed.problem));
      ports = std::move(*parsed.value);
    }
    for (const compose::ShortPort& port : ports) {
      config["ExposedPorts"][port_name(port)] = json::object();
      host["PortBindings"][port_name(port)].push_back({{"HostIp", port.host_ip}, {"HostPort", port.published}});
    }
  }
  for (const std::string& text : f.expose) {
    if (text.find(':') != std::string::npos)
      throw Error(ErrorKind::invalid, "invalid port format for --expose: " + text);
    const std::size_t slash = std::min(text.find('/'), text.size());
    const Words ends = split(text.substr(0, slash), '-');
    for (const std::string& end : ends) {
      if (!is_port(end) || ends.size() > 2)
        throw Error(ErrorKind::invalid, "invalid range format for --expose: " + text +
                                            ", error: strconv.ParseUint: parsing \"" + end + "\": invalid syntax");
    }
    if (std::stoi(ends.front()) > std::stoi(ends.back()))
      throw Error(ErrorKind::invalid, "invalid range format for --expose: " + text +
                                          ", error: Invalid range specified for the Port: " + text.substr(0, slash));
    const std::string protocol = slash == text.size() ? "/tcp" : text.substr(slash);
    for (int port = std::stoi(ends.front()); port <= std::stoi(ends.back()); ++port)
      config["ExposedPorts"][std::to_string(port) + protocol] = json::object();
  }
}

void check_address(const std::string& server) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  if (::inet_pton(AF_INET, server.c_str(), address.data()) == 1) return;
  if (::inet_pton(AF_INET6, server.c_str(), address.data()) == 1) return;
  throw FlagError("dns", server, "IP address is not correctly formatted: " + server);
}

void check_link(const std::string& link) {
  const Words parts = split(link, ':');
  if (parts.size() > 2 || parts.front().empty()) throw FlagError("link", link, "bad format for links: " + link);
}

// One --network: a name or mode, or fields.
struct NetworkFlag {
  std::string name;
  json endpoint = json::object();
};

NetworkFlag network_of(const std::string& text) {
  NetworkFlag network;
  if (text.find('=') == std::string::npos) {
    network.name = text;
    return network;
  }
  for (const Field& field : fields_of_flag("network", text)) {
    json& endpoint = network.endpoint;
    if (field.key == "name") {
      network.name = field.value;
    } else if (field.key == "alias") {
      endpoint["Aliases"].push_back(field.value);
    } else if (field.key == "ip") {
      endpoint["IPAMConfig"]["IPv4Address"] = field.value;
    } else if (field.key == "ip6") {
      endpoint["IPAMConfig"]["IPv6Address"] = field.value;
    } else if (field.key == "link-local-ip") {
      endpoint["IPAMConfig"]["LinkLocalIPs"].push_back(field.value);
    } else if (field.key == "mac-address") {
      endpoint["MacAddress"] = field.value;
    } else if (field.key == "gw-priority") {
      endpoint["GwPriority"] = integer_of_flag("network", field.value);
    } else if (field.key == "driver-opt") {
      const std::size_t equals = field.value.find('=');
      if (equals == std::string::npos)
        throw FlagError("network", text, "invalid key/value pair format in driver options");
      endpoint["DriverOpts"][field.value.substr(0, equals)] = field.value.substr(equals + 1);
    } else {
      throw FlagError("network", text, "invalid field key " + field.key);
    }
  }
  if (network.name.empty()) throw FlagError("network", text, "network name/id is not specified");
  return network;
}

bool is_own_network(const std::string& name) {
  return !name.empty() && name != "default" && name != "bridge" && name != "host" && name != "none" &&
         !name.starts_with("container:");
}

// The flags that stand beside --network concern the first one.
void add_flags_of_first(const ContainerFlags& f, json& endpoint) {
  for (const std::string& alias : f.network_aliases) endpoint["Aliases"].push_back(alias);
  if (!f.ip.empty()) endpoint["IPAMConfig"]["IPv4Address"] = f.ip;
  if (!f.ip6.empty()) endpoint["IPAMConfig"]["IPv6Address"] = f.ip6;
  for (const std::string& address : f.link_local_ips) endpoint["IPAMConfig"]["LinkLocalIPs"].push_back(address);
  if (!f.mac_address.empty()) endpoint["MacAddress"] = f.mac_address;
}

void check_mac(const std::string& text) {
  if (text.empty()) return;
  const Words bytes = split(text, text.find('-') == std::string::npos ? ':' : '-');
  const bool right = bytes.size() == 6 && std::all_of(bytes.begin(), bytes.end(), [](const std::string& byte) {
                       return byte.size() == 2 && byte.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
                     });
  if (!right) throw Error(ErrorKind::invalid, text + " is not a valid mac address");
}

void add_hosts(const ContainerFlags& f, json& host) {
  for (const std::string& text : f.add_hosts) {
    const std::size_t at = std::min(text.find('='), text.find(':'));
    if (at == std::string::npos || at == 0)
      throw FlagError("add-host", text, "bad format for add-host: \"" + text + "\"");
    std::string address = text.substr(at + 1);
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    if (!is_address(address) && address != "host-gateway")
      throw FlagError("add-host", text, "invalid IP address in add-host: \"" + address + "\"");
    host["ExtraHosts"].push_back(text.substr(0, at) + ":" + address);
  }
}

}  // namespace

void add_networks(const ContainerFlags& f, json& config, json& host) {
  add_ports(f, config, host);
  add_hosts(f, host);
  check_mac(f.mac_address);
  for (const std::string& link : f.links) check_link(link);
  for (const std::string& server : f.dns) check_address(server);
  if (!f.dns.empty()) host["Dns"] = f.dns;
  if (!f.dns_options.empty()) host["DnsOptions"] = f.dns_options;
  if (!f.dns_search.empty()) host["DnsSearch"] = f.dns_search;
  std::vector<NetworkFlag> networks;
  for (const std::string& text : f.networks) networks.push_back(network_of(text));
  if (networks.empty()) networks.push_back({.name = "default"});
  NetworkFlag& first = networks.front();
  host["NetworkMode"] = first.name;
  const bool has_own = is_own_network(first.name);
  add_flags_of_first(f, first.endpoint);
  if (!has_own && first.endpoint.contains("Aliases"))
    throw Error(ErrorKind::invalid, "network-scoped aliases are only supported for user-defined networks");
  if (!f.links.empty()) (has_own ? first.endpoint : host)["Links"] = f.links;
  json endpoints = json::object();
  for (NetworkFlag& network : networks) {
    if (endpoints.contains(network.name))
      throw Error(ErrorKind::invalid,
                  "conflicting options: cannot specify the same network more than once: " + network.name);
    if (!network.endpoint.empty() || is_own_network(network.name) || networks.size() > 1)
      endpoints[network.name] = std::move(network.endpoint);
  }
  if (!endpoints.empty()) config["NetworkingConfig"] = {{"EndpointsConfig", std::move(endpoints)}};
}

}  // namespace stack::cli
