#include "engine/api/connect_json.h"

#include "base/model/network_options.h"
#include "engine/api/codec_json.h"
#include "engine/api/container_creation_json.h"

namespace stack::api {
namespace {

using nlohmann::json;

std::string container_of(const json& value) {
  auto container = member_of<std::string>(value, "Container");
  if (container.empty())
    throw Error(ErrorKind::invalid, "invalid name or ID supplied: \"\"").remedy("set Container to its name or id");
  return container;
}

}  // namespace

NetworkJoin parse_network_join(std::string_view text) {
  return reading("the request", [&] {
    const json value = object_of(text, "the request");
    NetworkJoin join{.container = container_of(value), .attachment = {}};
    read_endpoint(member_of<json>(value, "EndpointConfig", json::object()), join.attachment);
    return join;
  });
}

std::string network_join_json(const NetworkJoin& join) {
  const model::Attachment& of = join.attachment;
  json links = json::array(), addresses = json::object(), options = of.driver_opts;
  for (const auto& [alias, name] : of.links) links.push_back(name + ":" + alias);
  if (!of.ipv4_address.empty()) addresses["IPv4Address"] = of.ipv4_address;
  if (!of.ipv6_address.empty()) addresses["IPv6Address"] = of.ipv6_address;
  if (!of.link_local_ips.empty()) addresses["LinkLocalIPs"] = of.link_local_ips;
  if (!of.interface_name.empty()) options[model::kInterfaceOption] = of.interface_name;
  return text_of({{"Container", join.container},
                  {"EndpointConfig",
                   {{"Aliases", of.aliases},
                    {"Links", links},
                    {"IPAMConfig", addresses},
                    {"MacAddress", of.mac_address},
                    {"GwPriority", of.gateway_priority},
                    {"DriverOpts", options}}}});
}

NetworkLeave parse_network_leave(std::string_view text) {
  return reading("the request", [&] {
    const json value = object_of(text, "the request");
    return NetworkLeave{.container = container_of(value), .force = member_of<bool>(value, "Force")};
  });
}

std::string network_leave_json(const NetworkLeave& leave) {
  return text_of({{"Container", leave.container}, {"Force", leave.force}});
}

}  // namespace stack::api
