#include <nlohmann/json.hpp>

#include "base/ids.h"
#include "base/moment.h"
#include "cli/view/labels_text.h"
#include "cli/view/network_view.h"
#include "cli/view/table.h"
#include "cli/view/time_text.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

std::string id_of(const model::Network& network, bool full) {
  return full ? network.id : std::string{short_id(network.id)};
}

json pools_of(const std::vector<model::IpamPool>& pools) {
  json list = json::array();
  for (const model::IpamPool& pool : pools) {
    json value{{"Subnet", pool.subnet}};
    if (!pool.ip_range.empty()) value["IPRange"] = pool.ip_range;
    if (!pool.gateway.empty()) value["Gateway"] = pool.gateway;
    if (!pool.aux_addresses.empty()) value["AuxiliaryAddresses"] = pool.aux_addresses;
    list.push_back(std::move(value));
  }
  return list;
}

json details_of(const api::NetworkView& view) {
  const model::NetworkSpec& spec = view.network.spec;
  json members = json::object();
  for (const api::NetworkMember& member : view.members) {
    members[member.container_id] = {{"Name", member.name},
                                    {"EndpointID", member.endpoint_id},
                                    {"MacAddress", member.mac},
                                    {"IPv4Address", member.ipv4},
                                    {"IPv6Address", member.ipv6}};
  }
  return {{"Name", spec.name},
          {"Id", view.network.id},
          {"Created", rfc3339_nanos(view.network.created)},
          {"Scope", "local"},
          {"Driver", spec.driver},
          {"EnableIPv4", spec.enable_ipv4},
          {"EnableIPv6", spec.enable_ipv6},
          {"IPAM",
           {{"Driver", "default"},
            {"Options", spec.ipam_options ? json(*spec.ipam_options) : json(nullptr)},
            {"Config", view.network.pools.empty() ? json(nullptr) : pools_of(view.network.pools)}}},
          {"Internal", spec.internal},
          {"Attachable", spec.attachable},
          {"Ingress", false},
          {"ConfigFrom", {{"Network", ""}}},
          {"ConfigOnly", false},
          {"Containers", members},
          {"Options", spec.driver_opts},
          {"Labels", spec.labels}};
}

}  // namespace

std::string networks_table(const std::vector<model::Network>& networks, bool full_ids) {
  std::vector<Row> rows;
  for (const model::Network& network : networks)
    rows.push_back({id_of(network, full_ids), network.spec.name, network.spec.driver, "local"});
  return table({"NETWORK ID", "NAME", "DRIVER", "SCOPE"}, rows);
}

std::string networks_lines(const std::vector<model::Network>& networks, bool full_ids) {
  const auto word = [](bool value) { return value ? "true" : "false"; };
  std::string text;
  for (const model::Network& network : networks) {
    const json line{{"CreatedAt", human_time(network.created)},
                    {"Driver", network.spec.driver},
                    {"ID", id_of(network, full_ids)},
                    {"IPv4", word(network.spec.enable_ipv4)},
                    {"IPv6", word(network.spec.enable_ipv6)},
                    {"Internal", word(network.spec.internal)},
                    {"Labels", labels_text(network.spec.labels)},
                    {"Name", network.spec.name},
                    {"Scope", "local"}};
    text += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  return text;
}

const std::map<std::string, std::string>& network_titles() {
  static const std::map<std::string, std::string> titles{
      {"ID", "NETWORK ID"}, {"CreatedAt", "CREATED AT"}, {"IPv4", "IPV4"}, {"IPv6", "IPV6"}};
  return titles;
}

std::string network_inspect_json(const std::vector<api::NetworkView>& views) {
  json list = json::array();
  for (const api::NetworkView& view : views) list.push_back(details_of(view));
  return list.dump(4, ' ', false, json::error_handler_t::replace);
}

std::string network_inspect_lines(const std::vector<api::NetworkView>& views) {
  std::string text;
  for (const api::NetworkView& view : views)
    text += details_of(view).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return text;
}

}  // namespace stack::cli
