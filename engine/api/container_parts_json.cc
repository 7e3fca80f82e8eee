#include "engine/api/container_parts_json.h"

#include <algorithm>

#include "base/ids.h"
#include "base/model/model_words.h"
#include "base/model/network_options.h"
#include "engine/api/endpoint_id.h"

namespace stack::api {

using nlohmann::json;

std::string network_mode_of(const model::ContainerSpec& spec) {
  if (!spec.asked_network.empty()) return spec.asked_network;
  if (!spec.network_mode.empty()) return spec.network_mode;
  return spec.networks.empty() ? "none" : spec.networks.front().network;
}

namespace {

std::string id_of_network(const ContainerView& view, const std::string& name, const model::Endpoint& at) {
  const auto found = view.network_ids.find(name);
  return at.network_id.empty() && found != view.network_ids.end() ? found->second : at.network_id;
}

void add_wishes(const model::Container& container, const model::Attachment& attachment, bool details, json& value) {
  json wanted = json::object();
  if (!attachment.ipv4_address.empty()) wanted["IPv4Address"] = attachment.ipv4_address;
  if (!attachment.ipv6_address.empty()) wanted["IPv6Address"] = attachment.ipv6_address;
  if (!wanted.empty()) value["IPAMConfig"] = wanted;
  if (!details) return;
  if (!attachment.interface_name.empty()) value["DriverOpts"] = {{model::kInterfaceOption, attachment.interface_name}};
  // What is wanted, until it has an address.
  if (!attachment.mac_address.empty() && value["MacAddress"] == "") value["MacAddress"] = attachment.mac_address;
  if (attachment.network == "bridge") return;
  // Docker Compose gives its containers their names as aliases as well.
  std::vector<std::string> aliases = attachment.aliases;
  const auto& name = container.spec.name;
  if (!container.spec.project.empty() && !attachment.by_command && std::ranges::find(aliases, name) == aliases.end())
    aliases.insert(aliases.begin(), name);
  if (!aliases.empty()) value["Aliases"] = aliases;
  for (const auto& [alias, other] : attachment.links) value["Links"].push_back(other + ":" + alias);
  // As dockerd: nobody asks for its names before its first start.
  if (!container.state.started) return;
  std::vector<std::string> names{name};
  const auto add = [&](std::string each) {
    if (std::find(names.begin(), names.end(), each) == names.end()) names.push_back(std::move(each));
  };
  for (const std::string& alias : attachment.aliases) add(alias);
  add(std::string{short_id(container.id)});
  value["DNSNames"] = names;
}

json endpoint_value(const ContainerView& view, const std::string& network, const model::Endpoint* endpoint,
                    const model::Attachment* attachment, bool details) {
  const model::Container& container = view.container;
  const model::Endpoint none;
  const model::Endpoint& at = endpoint == nullptr ? none : *endpoint;
  const std::string network_id = id_of_network(view, network, at);
  const bool joined = endpoint != nullptr || (attachment == nullptr && container.state.pid != 0);
  json value{{"IPAMConfig", nullptr},
             {"Links", nullptr},
             {"Aliases", nullptr},
             {"MacAddress", at.mac},
             {"DriverOpts", nullptr},
             {"GwPriority", attachment == nullptr ? 0 : attachment->gateway_priority},
             {"NetworkID", network_id},
             {"EndpointID", joined ? endpoint_id(container.id, network_id) : ""},
             {"Gateway", at.gateway},
             {"IPAddress", at.ipv4},
             {"IPPrefixLen", at.prefix_length},
             {"IPv6Gateway", at.ipv6_gateway},
             {"GlobalIPv6Address", at.ipv6},
             {"GlobalIPv6PrefixLen", at.ipv6_prefix_length},
             {"DNSNames", nullptr}};
  if (attachment != nullptr) add_wishes(container, *attachment, details, value);
  return value;
}

// What stands for it among the mounts: as the client wrote it, or as Docker has it for one that was no text.
std::string mode_of(const model::Mount& mount) {
  // Shared among containers, as dockerd says of a volume that was given a name and no mode.
  const bool is_named = mount.kind == model::MountKind::volume && !mount.declared;
  if (mount.mode) return mount.mode->empty() && is_named ? "z" : *mount.mode;
  if (mount.kind == model::MountKind::tmpfs || mount.kind == model::MountKind::image) return "";
  if (mount.long_form) return mount.kind == model::MountKind::volume ? "z" : "";
  return mount.read_only ? "ro" : "rw";
}

}  // namespace

json networks_value(const ContainerView& view, bool details) {
  json all = json::object();
  const model::Container& container = view.container;
  const auto& endpoints = container.state.endpoints;
  for (const model::Attachment& attachment : container.spec.networks) {
    const auto found = std::find_if(endpoints.begin(), endpoints.end(), [&](const model::Endpoint& each) {
      return each.network == attachment.network || each.network_id == attachment.network;
    });
    const std::string& name = found == endpoints.end() ? attachment.network : found->network;
    all[name] = endpoint_value(view, name, found == endpoints.end() ? nullptr : &*found, &attachment, details);
  }
  if (const std::string& mode = container.spec.network_mode; mode == "host" || mode == "none")
    all[mode] = endpoint_value(view, mode, nullptr, nullptr, details);
  return all;
}

json mounts_value(const ContainerView& view) {
  json list = json::array();
  for (const model::Mount& mount : view.container.spec.mounts) {
    // The short form stands in HostConfig.Tmpfs alone.
    if (mount.kind == model::MountKind::tmpfs && !mount.long_form) continue;
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
    value["Mode"] = mode_of(mount);
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
