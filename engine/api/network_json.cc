#include "engine/api/network_json.h"

#include <algorithm>

#include "engine/api/codec_json.h"
#include "engine/api/compose_labels.h"
#include "engine/api/filters.h"

namespace stack::api {
namespace {

using nlohmann::json;
using Map = std::map<std::string, std::string>;

json pool_value(const model::IpamPool& pool) {
  json value{{"Subnet", pool.subnet}};
  if (!pool.ip_range.empty()) value["IPRange"] = pool.ip_range;
  if (!pool.gateway.empty()) value["Gateway"] = pool.gateway;
  if (!pool.aux_addresses.empty()) value["AuxiliaryAddresses"] = pool.aux_addresses;
  return value;
}

model::IpamPool pool_of(const json& value) {
  return {.subnet = member_of<std::string>(value, "Subnet"),
          .ip_range = member_of<std::string>(value, "IPRange"),
          .gateway = member_of<std::string>(value, "Gateway"),
          .aux_addresses = member_of<Map>(value, "AuxiliaryAddresses")};
}

json pools_value(const std::vector<model::IpamPool>& pools) {
  if (pools.empty()) return nullptr;
  json list = json::array();
  for (const model::IpamPool& pool : pools) list.push_back(pool_value(pool));
  return list;
}

std::vector<model::IpamPool> pools_of(const json& network) {
  std::vector<model::IpamPool> pools;
  const json ipam = member_of<json>(network, "IPAM", json::object());
  for (const json& each : member_of<json>(ipam, "Config", json::array())) pools.push_back(pool_of(each));
  return pools;
}

// What the default bridge is, clients read from its options.
json options_value(const model::Network& network) {
  json options = network.spec.driver_opts;
  if (network.spec.name != "bridge") return options;
  const auto add = [&](const char* name, const std::string& value) {
    options.emplace(std::string{"com.docker.network."} + name, value);
  };
  for (const char* name : {"bridge.default_bridge", "bridge.enable_icc", "bridge.enable_ip_masquerade"})
    add(name, "true");
  add("bridge.host_binding_ipv4", "0.0.0.0");
  add("bridge.name", network.bridge);
  add("driver.mtu", "1500");
  return options;
}

// As dockerd shows them: the address of a gateway that nobody gave only where the engine chose the subnet too.
json allocated_value(const model::Network& network) {
  std::vector<model::IpamPool> shown = network.pools;
  for (model::IpamPool& pool : shown) {
    const auto given = std::ranges::find(network.spec.pools, pool.subnet, &model::IpamPool::subnet);
    if (given != network.spec.pools.end()) pool.gateway = given->gateway;
  }
  const json options = network.spec.ipam_options ? json(*network.spec.ipam_options) : json(nullptr);
  return {{"Driver", "default"}, {"Options", options}, {"Config", pools_value(shown)}};
}

json value_of(const model::Network& network) {
  const model::NetworkSpec& spec = network.spec;
  return {{"Name", spec.name},
          {"Id", network.id},
          {"Created", rfc3339_nanos(network.created)},
          {"Scope", "local"},
          {"Driver", spec.driver},
          {"EnableIPv4", spec.enable_ipv4},
          {"EnableIPv6", spec.enable_ipv6},
          {"IPAM", allocated_value(network)},
          {"Internal", spec.internal},
          {"Attachable", spec.attachable},
          {"Ingress", false},
          {"ConfigFrom", {{"Network", ""}}},
          {"ConfigOnly", false},
          {"Containers", json::object()},
          {"Options", options_value(network)},
          {"Labels", spec.labels}};
}

void read_spec(const json& value, model::NetworkSpec& spec) {
  spec.name = member_of<std::string>(value, "Name");
  if (auto driver = member_of<std::string>(value, "Driver"); !driver.empty()) spec.driver = std::move(driver);
  spec.internal = member_of<bool>(value, "Internal");
  spec.attachable = member_of<bool>(value, "Attachable");
  spec.enable_ipv4 = member_of<bool>(value, "EnableIPv4", true);
  spec.enable_ipv6 = member_of<bool>(value, "EnableIPv6");
  spec.driver_opts = member_of<Map>(value, "Options");
  spec.labels = member_of<Map>(value, "Labels");
  const json ipam = member_of<json>(value, "IPAM", json::object());
  if (const auto options = ipam.find("Options"); options != ipam.end() && !options->is_null())
    spec.ipam_options = options->get<Map>();
  take_owner(spec, "network");
}

model::Network network_of(const json& value) {
  model::Network network;
  read_spec(value, network.spec);
  network.id = value.at("Id").get<std::string>();
  network.created = time_of(value.at("Created").get<std::string>());
  network.pools = pools_of(value);
  return network;
}

NetworkMember member_from(const std::string& id, const json& value) {
  return {.container_id = id,
          .name = member_of<std::string>(value, "Name"),
          .endpoint_id = member_of<std::string>(value, "EndpointID"),
          .mac = member_of<std::string>(value, "MacAddress"),
          .ipv4 = member_of<std::string>(value, "IPv4Address"),
          .ipv6 = member_of<std::string>(value, "IPv6Address")};
}

// What only a swarm has.
void refuse_swarm(const json& value) {
  for (const char* key : {"Ingress", "ConfigOnly"}) {
    if (member_of<bool>(value, key))
      throw Error(ErrorKind::unsupported, std::string{key} + ": this engine is not part of a swarm");
  }
  const json from = member_of<json>(value, "ConfigFrom", json::object());
  if (!member_of<std::string>(from, "Network").empty())
    throw Error(ErrorKind::unsupported, "ConfigFrom: networks that hold only a configuration are not supported");
  if (const auto scope = member_of<std::string>(value, "Scope"); !scope.empty() && scope != "local")
    throw Error(ErrorKind::unsupported, "Scope: the scope \"" + scope + "\" needs a swarm")
        .remedy("leave it out, or use local");
  const json ipam = member_of<json>(value, "IPAM", json::object());
  if (const auto driver = member_of<std::string>(ipam, "Driver"); !driver.empty() && driver != "default")
    throw Error(ErrorKind::unsupported, "IPAM.Driver: the driver \"" + driver + "\" is not supported")
        .remedy("use default");
}

}  // namespace

std::string network_json(const NetworkView& view) {
  json value = value_of(view.network);
  for (const NetworkMember& member : view.members) {
    value["Containers"][member.container_id] = {{"Name", member.name},
                                                {"EndpointID", member.endpoint_id},
                                                {"MacAddress", member.mac},
                                                {"IPv4Address", member.ipv4},
                                                {"IPv6Address", member.ipv6}};
  }
  return text_of(value);
}

std::string network_list_json(const std::vector<model::Network>& networks) {
  json list = json::array();
  for (const model::Network& network : networks) list.push_back(value_of(network));
  return text_of(list);
}

std::string network_created_json(const model::Network& network) {
  return text_of({{"Id", network.id}, {"Warning", ""}});
}

std::string network_removal_json(const std::vector<std::string>& names) {
  return text_of({{"NetworksDeleted", names.empty() ? json(nullptr) : json(names)}});
}

std::string network_request_json(const model::NetworkSpec& spec) {
  json value{{"Name", spec.name},
             {"Driver", spec.driver},
             {"Internal", spec.internal},
             {"Attachable", spec.attachable},
             {"EnableIPv4", spec.enable_ipv4},
             {"EnableIPv6", spec.enable_ipv6},
             {"Options", spec.driver_opts},
             {"Labels", spec.labels}};
  value["IPAM"] = {{"Driver", "default"}, {"Config", pools_value(spec.pools)}};
  if (spec.ipam_options) value["IPAM"]["Options"] = *spec.ipam_options;
  return text_of(value);
}

model::NetworkSpec parse_network_request(std::string_view text) {
  return reading("the network", [&] {
    const json value = object_of(text, "the network");
    refuse_swarm(value);
    model::NetworkSpec spec;
    read_spec(value, spec);
    spec.pools = pools_of(value);
    return spec;
  });
}

NetworkView parse_network_view(std::string_view text) {
  return reading("the network", [&] {
    const json value = object_of(text, "the network");
    NetworkView view{.network = network_of(value), .members = {}};
    const json members = member_of<json>(value, "Containers", json::object());
    for (const auto& [id, member] : members.items()) view.members.push_back(member_from(id, member));
    return view;
  });
}

std::vector<model::Network> parse_network_list(std::string_view text) {
  return reading("the list of networks", [&] {
    std::vector<model::Network> networks;
    for (const json& each : json::parse(text)) networks.push_back(network_of(each));
    return networks;
  });
}

std::string parse_network_created(std::string_view text) {
  return reading("the answer", [&] { return object_of(text, "the answer").at("Id").get<std::string>(); });
}

std::vector<std::string> parse_network_removal(std::string_view text) {
  return reading("the answer",
                 [&] { return member_of<std::vector<std::string>>(object_of(text, "the answer"), "NetworksDeleted"); });
}

NetworkFilter parse_network_filter(std::string_view text) {
  const Filters given = Filters::parse(text, {"dangling", "driver", "id", "label", "name", "scope", "type"});
  NetworkFilter filter{.names = given.get("name"),
                       .ids = given.get("id"),
                       .drivers = given.get("driver"),
                       .scopes = given.get("scope"),
                       .labels = given.get("label"),
                       .not_labels = {},
                       .dangling = given.truth("dangling"),
                       .predefined = {},
                       .until = {}};
  for (const std::string& type : given.get("type")) {
    if (type != "builtin" && type != "custom")
      throw Error(ErrorKind::invalid, "invalid filter 'type=" + type + "'").remedy("write builtin or custom");
    filter.predefined = type == "builtin";
  }
  return filter;
}

NetworkFilter parse_network_prune_filter(std::string_view text, Wall now) {
  const Filters given = Filters::parse(text, {"label", "label!", "until"});
  NetworkFilter filter;
  filter.labels = given.get("label");
  filter.not_labels = given.get("label!");
  for (const std::string& until : given.get("until")) filter.until = parse_moment(until, now);
  return filter;
}

}  // namespace stack::api
