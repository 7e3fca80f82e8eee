// Networks and published ports of a container that is created: NetworkMode, PortBindings, NetworkingConfig.
#include <algorithm>
#include <charconv>

#include "base/hex.h"
#include "base/model/model_words.h"
#include "base/model/network_options.h"
#include "engine/api/codec_json.h"
#include "engine/api/container_creation_json.h"

namespace stack::api {

using nlohmann::json;

namespace {

constexpr const char* kBridge = "bridge";

std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size())
    throw Error(ErrorKind::invalid, "invalid port specification: \"" + std::string{text} + "\"");
  return port;
}

// "80/tcp" with {"HostIp": "", "HostPort": "8080-8090"}
model::PublishedPort published_of(const std::string& key, const json& binding) {
  model::PublishedPort port;
  const std::size_t slash = key.find('/');
  port.container_port = port_of(std::string_view{key}.substr(0, slash));
  const std::string protocol = slash == std::string::npos ? "tcp" : key.substr(slash + 1);
  const auto known = parse_word<model::Protocol>(protocol);
  if (!known || port.container_port == 0)
    throw Error(ErrorKind::invalid, "invalid port specification: \"" + key + "\"")
        .remedy("write 80/tcp, 80/udp or 80/sctp");
  port.protocol = *known;
  port.host_ip = member_of<std::string>(binding, "HostIp");
  const auto host = member_of<std::string>(binding, "HostPort");
  if (host.empty()) return port;
  const std::size_t dash = host.find('-');
  if (dash == 0) throw Error(ErrorKind::invalid, "invalid port specification: \"" + host + "\"");
  port.host_first = port_of(std::string_view{host}.substr(0, dash));
  port.host_last = dash == std::string::npos ? port.host_first : port_of(std::string_view{host}.substr(dash + 1));
  if (port.host_last < port.host_first)
    throw Error(ErrorKind::invalid, "invalid port specification: \"" + host + "\"")
        .remedy("write the smaller port first");
  return port;
}

void read_ports(const json& host, model::ContainerSpec& spec) {
  for (const auto& [key, bindings] : member_of<std::map<std::string, json>>(host, "PortBindings")) {
    if (bindings.is_null() || bindings.empty()) {
      spec.ports.push_back(published_of(key, json::object()));
      continue;
    }
    for (const json& binding : bindings) spec.ports.push_back(published_of(key, binding));
  }
  for (const model::PublishedPort& port : spec.ports) {
    const std::string name = std::to_string(port.container_port) + "/" + std::string{to_word(port.protocol)};
    if (std::find(spec.expose.begin(), spec.expose.end(), name) == spec.expose.end()) spec.expose.push_back(name);
  }
  spec.publish_all = member_of<bool>(host, "PublishAllPorts");
}

// "db:database", or "/db:/web/database" as older clients write it
void read_link(const std::string& text, model::Attachment& attachment) {
  // dockerd's status for these is 500.
  if (text.empty()) throw Error("empty string specified for links");
  const std::size_t colon = text.find(':');
  if (colon != text.rfind(':')) throw Error("bad format for links: " + text);
  std::string name = text.substr(0, colon);
  std::string alias = colon == std::string::npos ? name : text.substr(colon + 1);
  if (name.starts_with('/')) name.erase(0, 1);
  alias.erase(0, alias.rfind('/') + 1);
  if (name.empty() || alias.empty()) throw Error(ErrorKind::invalid, "bad format for links: " + text);
  attachment.links[alias] = name;
}

// Six numbers of two hexadecimal digits; those of other lengths are no interface's.
void check_mac(const std::string& text) {
  constexpr std::size_t kLength = 17;
  bool fits = text.size() == kLength;
  for (std::size_t i = 0; fits && i < kLength; ++i)
    fits = i % 3 == 2 ? text[i] == ':' || text[i] == '-' : hex_digit(text[i]) >= 0;
  if (!fits) throw Error(ErrorKind::invalid, "invalid MAC address " + text);
}

}  // namespace

void read_endpoint(const json& value, model::Attachment& attachment) {
  if (value.is_null()) return;
  const json addresses = member_of<json>(value, "IPAMConfig", json::object());
  attachment.ipv4_address = member_of<std::string>(addresses, "IPv4Address");
  attachment.ipv6_address = member_of<std::string>(addresses, "IPv6Address");
  attachment.link_local_ips = member_of<std::vector<std::string>>(addresses, "LinkLocalIPs");
  attachment.mac_address = member_of<std::string>(value, "MacAddress");
  if (!attachment.mac_address.empty()) check_mac(attachment.mac_address);
  attachment.aliases = member_of<std::vector<std::string>>(value, "Aliases");
  attachment.gateway_priority = member_of<int>(value, "GwPriority");
  for (const std::string& link : member_of<std::vector<std::string>>(value, "Links")) read_link(link, attachment);
  // As with dockerd, options that no driver knows stay where they were written.
  attachment.driver_opts = member_of<std::map<std::string, std::string>>(value, "DriverOpts");
  if (auto name = attachment.driver_opts.extract(std::string{model::kInterfaceOption}))
    attachment.interface_name = std::move(name.mapped());
}

void read_networks(const json& config, const json& host, model::ContainerSpec& spec) {
  read_ports(host, spec);
  std::string mode = member_of<std::string>(host, "NetworkMode");
  if (mode.empty() || mode == "default") mode = kBridge;
  if (!mode.starts_with("container:")) spec.asked_network = mode;
  const json networking = member_of<json>(config, "NetworkingConfig", json::object());
  auto endpoints = member_of<std::map<std::string, json>>(networking, "EndpointsConfig");
  if (auto found = endpoints.extract("default"); found && !endpoints.contains(kBridge))
    endpoints.emplace(kBridge, std::move(found.mapped()));
  const auto links = member_of<std::vector<std::string>>(host, "Links");
  const auto mac = member_of<std::string>(config, "MacAddress");
  if (mode == "host" || mode == "none" || mode.starts_with("container:")) {
    spec.network_mode = mode;
    endpoints.erase(mode);
    if (mode != "none" && !links.empty()) {
      throw Error(ErrorKind::invalid, std::string{"conflicting options: "} +
                                          (mode == "host" ? "host type networking" : "container type network") +
                                          " can't be used with links. This would result in undefined behavior");
    }
    const char* what = !endpoints.empty() ? "other networks"
                       : !links.empty()   ? "links"
                       : !mac.empty()     ? "a MAC address"
                                          : nullptr;
    if (what != nullptr)
      throw Error(ErrorKind::invalid, "conflicting options: " + std::string{what} + " and the network mode " + mode);
    return;
  }
  endpoints.emplace(mode, json::object());
  // The mode's network is the first.
  for (const bool first : {true, false}) {
    for (const auto& [name, value] : endpoints) {
      if ((name == mode) != first) continue;
      model::Attachment attachment{.network = name};
      try {
        if (value.is_null()) throw Error(ErrorKind::invalid, "EndpointsConfig is nil");
        read_endpoint(value, attachment);
        if (first && !mac.empty()) check_mac(mac);
      } catch (Error& error) {
        throw error.context("invalid config for network " + name);
      }
      if (first) {
        for (const std::string& link : links) read_link(link, attachment);
        if (attachment.mac_address.empty()) attachment.mac_address = mac;
        if (!mac.empty() && !same_ignoring_case(mac, attachment.mac_address)) {
          throw Error(
              ErrorKind::invalid,
              "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be "
              "left empty");
        }
      }
      spec.networks.push_back(std::move(attachment));
    }
  }
}

}  // namespace stack::api
