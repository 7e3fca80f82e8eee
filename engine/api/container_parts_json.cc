#include "engine/api/container_parts_json.h"

#include <algorithm>
#include <optional>

#include "base/ids.h"
#include "base/model/model_words.h"
#include "base/model/network_options.h"
#include "engine/api/endpoint_id.h"

namespace stack::api {

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

using Words = std::vector<std::string>;

// Docker Compose gives its containers their names as aliases as well.
Words aliases_of(const ContainerView& view, const model::Attachment& attachment) {
  const model::Container& container = *view.container;
  Words aliases = attachment.aliases;
  if (view.id_among_aliases) aliases.emplace_back(short_id(container.id));
  const auto& name = container.spec.name;
  if (!container.spec.project.empty() && !attachment.by_command && std::ranges::find(aliases, name) == aliases.end())
    aliases.insert(aliases.begin(), name);
  return aliases;
}

Words links_of(const model::Attachment& attachment) {
  Words links;
  for (const auto& [alias, other] : attachment.links) links.push_back(other + ":" + alias);
  return links;
}

Words dns_names_of(const model::Container& container, const model::Attachment& attachment) {
  // As dockerd: nobody asks for its names before its first start.
  if (!container.state.started) return {};
  Words names{container.spec.name};
  const auto add = [&](std::string each) {
    if (std::find(names.begin(), names.end(), each) == names.end()) names.push_back(std::move(each));
  };
  for (const std::string& alias : attachment.aliases) add(alias);
  add(std::string{short_id(container.id)});
  if (!container.spec.hostname.empty()) add(container.spec.hostname);
  return names;
}

void write_wanted_addresses(JsonText& to, const model::Attachment& attachment) {
  const auto& link_local = attachment.link_local_ips;
  if (attachment.ipv4_address.empty() && attachment.ipv6_address.empty() && link_local.empty())
    return to.member("IPAMConfig", nullptr);
  to.object("IPAMConfig", [&] {
    if (!attachment.ipv4_address.empty()) to.member("IPv4Address", attachment.ipv4_address);
    if (!attachment.ipv6_address.empty()) to.member("IPv6Address", attachment.ipv6_address);
    if (!link_local.empty()) to.member("LinkLocalIPs", link_local);
  });
}

using Options = std::map<std::string, std::string>;

Options driver_options_of(const model::Attachment& attachment) {
  Options options = attachment.driver_opts;
  if (!attachment.interface_name.empty()) options.emplace(model::kInterfaceOption, attachment.interface_name);
  return options;
}

void write_endpoint(JsonText& to, const ContainerView& view, const std::string& network,
                    const model::Endpoint* endpoint, const model::Attachment* attachment, bool details) {
  const model::Container& container = *view.container;
  static const model::Endpoint kNoEndpoint;
  static const model::Attachment kNoAttachment;
  const model::Endpoint& at = endpoint == nullptr ? kNoEndpoint : *endpoint;
  const model::Attachment& wanted = attachment == nullptr ? kNoAttachment : *attachment;
  const std::string network_id = id_of_network(view, network, at);
  const bool joined = endpoint != nullptr || (attachment == nullptr && container.state.pid != 0);
  // The default bridge resolves no names.
  const bool named = details && attachment != nullptr && wanted.network != "bridge";
  to.object([&] {
    write_wanted_addresses(to, wanted);
    to.filled_member("Links", named ? links_of(wanted) : Words{});
    to.filled_member("Aliases", named ? aliases_of(view, wanted) : Words{});
    // What is wanted, until it has an address.
    to.member("MacAddress", details && at.mac.empty() ? wanted.mac_address : at.mac);
    to.filled_member("DriverOpts", details ? driver_options_of(wanted) : Options{});
    to.member("GwPriority", wanted.gateway_priority);
    to.member("NetworkID", network_id);
    to.member("EndpointID", joined ? endpoint_id(container.id, network_id) : "");
    to.member("Gateway", at.gateway);
    to.member("IPAddress", at.ipv4);
    to.member("IPPrefixLen", at.prefix_length);
    to.member("IPv6Gateway", at.ipv6_gateway);
    to.member("GlobalIPv6Address", at.ipv6);
    to.member("GlobalIPv6PrefixLen", at.ipv6_prefix_length);
    to.filled_member("DNSNames", named ? dns_names_of(container, wanted) : Words{});
  });
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

void write_networks(JsonText& to, const ContainerView& view, bool details) {
  const model::Container& container = *view.container;
  const auto& endpoints = container.state.endpoints;
  to.object([&] {
    for (const model::Attachment& attachment : container.spec.networks) {
      const auto found = std::find_if(endpoints.begin(), endpoints.end(), [&](const model::Endpoint& each) {
        return each.network == attachment.network || each.network_id == attachment.network;
      });
      const std::string& name = found == endpoints.end() ? attachment.network : found->network;
      const model::Endpoint* endpoint = found == endpoints.end() ? nullptr : &*found;
      to.name(name);
      write_endpoint(to, view, name, endpoint, &attachment, details);
    }
    if (container.spec.network_disabled) return;
    if (const std::string& mode = container.spec.network_mode; mode == "host" || mode == "none") {
      to.name(mode);
      write_endpoint(to, view, mode, nullptr, nullptr, details);
    }
  });
}

void write_mounts(JsonText& to, const ContainerView& view) {
  to.array([&] {
    for (const model::Mount& mount : view.container->spec.mounts) {
      // The short form stands in HostConfig.Tmpfs alone.
      if (mount.kind == model::MountKind::tmpfs && !mount.long_form) continue;
      const bool is_image = mount.kind == model::MountKind::image;
      const bool is_bind = mount.kind == model::MountKind::bind || is_image;
      to.object([&] {
        to.member("Type", to_word(mount.kind));
        if (mount.kind == model::MountKind::volume) {
          const auto folder = view.volume_folders.find(mount.source);
          to.member("Name", mount.source);
          to.member("Source", folder == view.volume_folders.end() ? "" : folder->second);
        } else {
          if (is_image) to.member("Name", mount.source);
          to.member("Source", is_image ? mount.image_id : mount.source);
        }
        to.member("Destination", mount.target);
        if (mount.kind == model::MountKind::volume) to.member("Driver", "local");
        to.member("Mode", mode_of(mount));
        to.member("RW", !mount.read_only);
        to.member("Propagation", is_bind && mount.propagation.empty() ? "rprivate" : is_bind ? mount.propagation : "");
      });
    }
  });
}

std::string port_key(const model::PortBinding& port) {
  return std::to_string(port.container_port) + "/" + std::string{to_word(port.protocol)};
}

}  // namespace stack::api
