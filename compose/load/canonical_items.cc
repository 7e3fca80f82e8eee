#include "compose/load/canonical_items.h"

#include "base/path_text.h"
#include "base/suggest.h"
#include "compose/load/short_forms.h"

namespace stack::compose {
namespace {

Node item_like(const Node& origin) {
  Node node = Node::of_mapping();
  return node.placed_like(origin);
}

void set(Node& item, const char* key, std::string value, const Node& origin) {
  if (!value.empty()) item.at(key) = Node::of_string(std::move(value)).placed_like(origin);
}

void set(Node& item, const char* key, const Node& origin) { item.at(key) = Node::of_boolean(true).placed_like(origin); }

bool unresolved(const Node& item, const LoadContext& context) {
  return !context.interpolate && item.is(Kind::string) && item.text.find('$') != std::string::npos;
}

Node volume_item(const ShortVolume& volume, const Node& origin) {
  Node item = item_like(origin);
  set(item, "type", volume.bind ? "bind" : "volume", origin);
  set(item, "source", volume.source, origin);
  set(item, "target", volume.target, origin);
  if (volume.read_only) set(item, "read_only", origin);
  // Options go where they belong, whether they mean something for this kind of mount or not: what is printed says as much as
  // what was read.
  if (volume.bind || !volume.selinux.empty() || !volume.propagation.empty()) {
    Node& bind = item.at("bind") = item_like(origin);
    if (volume.bind) set(bind, "create_host_path", origin);
    set(bind, "selinux", volume.selinux, origin);
    set(bind, "propagation", volume.propagation, origin);
  }
  // As with Docker Compose, one or two characters are a target and nothing else.
  constexpr std::size_t kTargetAlone = 2;
  const bool bare = volume.source.empty() && volume.target.size() <= kTargetAlone;
  if ((!volume.bind && !bare) || volume.nocopy) {
    Node& options = item.at("volume") = item_like(origin);
    if (volume.nocopy) set(options, "nocopy", origin);
  }
  return item;
}

// Docker Compose passes over it in silence, so real files hold some.
void warn_of_option(const std::string& option, const Node& item, const Path& path, LoadContext& context) {
  auto& found =
      context.warning("unknown_option", "the option \"" + option + "\" is unknown and has no effect", path, item);
  found.remedy = did_you_mean(option, volume_options());
  if (!found.remedy.empty()) return;
  std::string known;
  for (const auto word : volume_options()) (known += known.empty() ? "" : ", ") += word;
  found.remedy = "the options are " + known;
}

}  // namespace

void to_env_files(Node& node) {
  if (node.is(Kind::string)) {
    Node list = Node::of_sequence({node}).placed_like(node);
    list.tag = node.tag;
    node = std::move(list);
  }
  for (auto& file : node.items) {
    if (!file.is(Kind::string)) continue;
    Node item = item_like(file);
    set(item, "path", file.text, file);
    file = std::move(item);
  }
}

void to_grants(Node& node) {
  for (auto& grant : node.items) {
    if (!grant.is(Kind::string)) continue;
    Node item = item_like(grant);
    set(item, "source", grant.text, grant);
    grant = std::move(item);
  }
}

void to_gpus(Node& node) {
  if (!node.is(Kind::string)) return;
  Node all = item_like(node);
  all.at("count") = Node::of_integer(-1).placed_like(node);
  Node list = Node::of_sequence({std::move(all)}).placed_like(node);
  list.tag = node.tag;
  node = std::move(list);
}

void to_volumes(Node& node, const Path& path, LoadContext& context) {
  std::vector<Node> items;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Node& item = node.items[i];
    if (item.is(Kind::string) && !unresolved(item, context)) {
      const auto parsed = parse_volume(item.text);
      if (!parsed.value) {
        context.error("bad_volume", parsed.problem, Path{path, i}, item).remedy = parsed.remedy;
        continue;
      }
      for (const auto& option : parsed.value->unknown) warn_of_option(option, item, Path{path, i}, context);
      items.push_back(volume_item(*parsed.value, item));
      continue;
    }
    if (Node* target = item.find("target"); target != nullptr && !unresolved(*target, context)) {
      target->text = clean_path(target->text);
    }
    items.push_back(std::move(item));
  }
  node.items = std::move(items);
}

void to_devices(Node& node, const Path& path, LoadContext& context) {
  std::vector<Node> items;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Node& item = node.items[i];
    if (!item.is(Kind::string) || unresolved(item, context)) {
      items.push_back(std::move(item));
      continue;
    }
    const auto parsed = parse_device(item.text);
    if (!parsed.value) {
      context.error("bad_device", parsed.problem, Path{path, i}, item).remedy = parsed.remedy;
      continue;
    }
    Node device = item_like(item);
    set(device, "source", parsed.value->source, item);
    set(device, "target", parsed.value->target, item);
    set(device, "permissions", parsed.value->permissions, item);
    items.push_back(std::move(device));
  }
  node.items = std::move(items);
}

void to_ports(Node& node, const Path& path, LoadContext& context) {
  std::vector<Node> items;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    Node& item = node.items[i];
    if (!item.is_scalar() || unresolved(item, context)) {
      items.push_back(std::move(item));
      continue;
    }
    const auto parsed = parse_ports(scalar_text(item));
    if (!parsed.value) {
      context.error("bad_port", parsed.problem, Path{path, i}, item).remedy = parsed.remedy;
      continue;
    }
    context.ports += parsed.value->size();
    if (context.ports > LoadContext::kMaxPorts) {
      context.error("too_large", "the ranges of ports hold too many ports", Path{path, i}, item);
      break;
    }
    for (const auto& port : *parsed.value) {
      Node entry = item_like(item);
      set(entry, "mode", "ingress", item);
      set(entry, "host_ip", port.host_ip, item);
      entry.at("target") = Node::of_integer(port.target).placed_like(item);
      set(entry, "published", port.published, item);
      set(entry, "protocol", port.protocol, item);
      items.push_back(std::move(entry));
    }
  }
  node.items = std::move(items);
}

}  // namespace stack::compose
