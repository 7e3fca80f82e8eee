#include "engine/api/container_parts_json.h"

#include <algorithm>

#include "base/ids.h"
#include "base/model/model_words.h"
#include "engine/api/endpoint_id.h"

namespace stack::api {

using nlohmann::json;

std::string network_mode_of(const model::ContainerSpec& spec) {
  if (!spec.network_mode.empty()) return spec.network_mode;
  return spec.networks.empty() ? "none" : spec.networks.front().network;
}

namespace {

json endpoint_value(const model::Container& container, const std::string& network, const model::Endpoint* endpoint,
                    const model::Attachment* attachment, bool details) {
  const model::Endpoint none;
  const model::Endpoint& at = endpoint == nullptr ? none : *endpoint;
  json value{{"IPAMConfig", nullptr},
             {"Links", nullptr},
             {"Aliases", nullptr},
             {"MacAddress", at.mac},
             {"DriverOpts", nullptr},
             {"GwPriority", attachment == nullptr ? 0 : attachment->gateway_priority},
             {"NetworkID", at.network_id},
             {"EndpointID", endpoint == nullptr ? "" : endpoint_id(container.id, at.network_id)},
             {"Gateway", at.gateway},
             {"IPAddress", at.ipv4},
             {"IPPrefixLen", at.prefix_length},
             {"IPv6Gateway", at.ipv6_gateway},
             {"GlobalIPv6Address", at.ipv6},
             {"GlobalIPv6PrefixLen", at.ipv6_prefix_length},
             {"DNSNames", nullptr}};
  if (attachment == nullptr) return value;
  json wanted = json::object();
  if (!attachment->ipv4_address.empty()) wanted["IPv4Address"] = attachment->ipv4_address;
  if (!attachment->ipv6_address.empty()) wanted["IPv6Address"] = attachment->ipv6_address;
  if (!wanted.empty()) value["IPAMConfig"] = wanted;
  if (details && network != "bridge") {
    std::vector<std::string> names{container.spec.name};
    for (const std::string& alias : attachment->aliases) {
      if (alias != container.spec.name) names.push_back(alias);
    }
    value["Aliases"] = names;
    names.emplace_back(short_id(container.id));
    value["DNSNames"] = names;
  }
  return value;
}

}  // namespace

json networks_value(const model::Container& container, bool details) {
  json all = json::object();
  const auto& endpoints = container.state.endpoints;
  for (const model::Attachment& attachment : container.spec.networks) {
    const auto found = std::find_if(endpoints.begin(), endpoints.end(), [&](const model::Endpoint& each) {
      return each.network == attachment.network || each.network_id == attachment.network;
    });
    const std::string& name = found == endpoints.end() ? attachment.network : found->network;
    all[name] = endpoint_value(container, name, found == endpoints.end() ? nullptr : &*found, &attachment, details);
  }
  if (container.spec.network_mode == "host" || container.spec.network_mode == "none")
    all[container.spec.network_mode] =
        endpoint_value(container, container.spec.network_mode, nullptr, nullptr, details);
  return all;
}

json mounts_value(const ContainerView& view) {
  json list = json::array();
  for (const model::Mount& mount : view.container.spec.mounts) {
    json value{{"Type", to_word(mount.kind)}};
    if (mount.kind == model::MountKind::volume) {
      value["Name"] = mount.source;
      const auto folder = view.volume_folders.find(mount.source);
      value["Source"] = folder == view.volume_folders.end() ? "" : folder->second;
      value["Driver"] = "local";
    } else {
      if (mount.kind == model::MountKind::image) value["Name"] = mount.source;
      value["Source"] = mount.kind == model::MountKind::image ? mount.image_id : mount.source;
    }
    value["Destination"] = mount.target;
    const bool plain = mount.kind == model::MountKind::tmpfs || mount.kind == model::MountKind::image;
    value["Mode"] = plain ? "" : mount.read_only ? "ro" : "rw";
    value["RW"] = !mount.read_only;
    const bool bind = mount.kind == model::MountKind::bind || mount.kind == model::MountKind::image;
    value["Propagation"] = bind && mount.propagation.empty() ? "rprivate" : bind ? mount.propagation : "";
    list.push_back(std::move(value));
  }
  return list;
}

std::string port_key(const model::PortBinding& port) {
  return std::to_string(port.container_port) + "/" + std::string{to_word(port.protocol)};
}

}  // namespace stack::api
