#include "compose/load/canonical.h"

#include <algorithm>

#include "compose/load/canonical_items.h"
#include "compose/load/repeats.h"
#include "compose/load/short_forms.h"

namespace stack::compose {
namespace {

Node like(const Node& origin, Node node) {
  node.placed_like(origin).tag = origin.tag;
  return node;
}

// A mapping with `value` as its only member.
void wrap(Node& node, const char* key) {
  Node value = node;
  value.tag = Tag::none;
  node = like(node, Node::of_mapping());
  node.at(key) = std::move(value);
}

void to_text(Node& node) {
  if (node.is(Kind::string) || node.is(Kind::null) || !node.is_scalar()) return;
  node = like(node, Node::of_string(scalar_text(node)));
}

void to_texts(Node& node) {
  if (node.is_scalar()) {
    Node value = node;
    value.tag = Tag::none;
    to_text(value);
    node = like(node, Node::of_sequence({std::move(value)}));
    return;
  }
  for (auto& item : node.items) to_text(item);
}

// Without interpolation a name may hold variables, and where it ends is not known: the whole item is the key then, until
// reopen_names() makes a list of it again.
bool is_open(std::string_view item, std::string_view separators, const LoadContext& context) {
  return !context.interpolate && item.find('$') < std::min(item.find_first_of(separators), item.size());
}

// A list of NAME=VALUE as a mapping. `bare`: what a name without a value gets; none: that is a mistake.
// `blanks`: whether names may hold some.
void to_assignments(Node& node, const std::optional<Node>& bare, bool blanks, const Path& path, LoadContext& context) {
  if (node.is(Kind::sequence)) {
    Node mapping = like(node, Node::of_mapping());
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& item = node.items[i];
      const std::string text = scalar_text(item);
      if (is_open(text, "=", context)) {
        // Its value may stand in the variable.
        mapping.at(text) = like(item, bare ? Node{} : Node::of_string(""));
        continue;
      }
      const auto equals = text.find('=');
      const std::string name = text.substr(0, equals);
      if (name.empty() || (!blanks && name.find_first_of(" \t\n") != std::string::npos) ||
          (equals == std::string::npos && !bare)) {
        context.error("bad_assignment", "\"" + text + "\" is not of the form NAME=VALUE", Path{path, i}, item);
        continue;
      }
      Node value = equals == std::string::npos ? *bare : Node::of_string(text.substr(equals + 1));
      if (const Node* known = mapping.find(name)) warn_of_repeat(name, *known, item, Path{path, i}, context);
      mapping.at(name) = like(item, std::move(value));
    }
    node = std::move(mapping);
  }
  for (auto& [key, value] : node.entries) {
    if (!value.is(Kind::null)) {
      to_text(value);
    } else if (bare && !bare->is(Kind::null) && value.tag == Tag::none) {
      value = like(value, *bare);
    }
  }
}

void to_names(Node& node, const Node& value, const Path& path, LoadContext& context) {
  if (!node.is(Kind::sequence)) return;
  Node mapping = like(node, Node::of_mapping());
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    const std::string name = scalar_text(item);
    if (const Node* known = mapping.find(name)) warn_of_repeat(name, *known, item, Path{path, i}, context);
    mapping.at(name) = like(item, value);
  }
  node = std::move(mapping);
}

void to_dependencies(Node& node, const Path& path, LoadContext& context) {
  Node value = Node::of_mapping();
  value.at("condition") = Node::of_string("service_started");
  value.at("required") = Node::of_boolean(true);
  to_names(node, value, path, context);
}

void to_hosts(Node& node, const Path& path, LoadContext& context) {
  Node mapping = like(node, Node::of_mapping());
  const auto add = [&](const std::string& host, const std::vector<std::string>& addresses, const Node& origin) {
    Node& list = mapping.at(host);
    if (!list.is(Kind::sequence)) list = like(origin, Node::of_sequence());
    for (const auto& address : addresses) {
      const bool known = std::ranges::any_of(list.items, [&](const Node& item) { return item.text == address; });
      if (!known) list.items.push_back(like(origin, Node::of_string(address)));
    }
  };
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string text = scalar_text(node.items[i]);
    if (is_open(text, ":=", context)) {
      mapping.at(text) = like(node.items[i], Node::of_sequence());
      continue;
    }
    const auto parsed = parse_host(text);
    if (parsed.value) {
      add(parsed.value->host, parsed.value->addresses, node.items[i]);
    } else {
      context.error("bad_host", parsed.problem, Path{path, i}, node.items[i]).remedy = parsed.remedy;
    }
  }
  for (const auto& [host, value] : node.entries) {
    std::vector<std::string> addresses;
    if (value.is(Kind::string)) addresses.push_back(bare_address(value.text));
    for (const auto& item : value.items) addresses.push_back(bare_address(scalar_text(item)));
    if (host.empty() || host.find_first_of(":=") != std::string::npos || addresses.empty() ||
        std::ranges::any_of(addresses, &std::string::empty)) {
      context.error("bad_host", "\"" + host + "\" is not a host entry", path, value).remedy =
          "hosts are written name: address";
    } else {
      add(host, addresses, value);
    }
  }
  node = std::move(mapping);
}

void to_command(Node& node, const Path& path, LoadContext& context) {
  if (!node.is(Kind::string)) return;
  auto parsed = split_command(node.text);
  if (!parsed.value) context.error("bad_command", parsed.problem, path, node).remedy = parsed.remedy;
  Node list = like(node, Node::of_sequence());
  for (auto& word : parsed.value.value_or(std::vector<std::string>{}))
    list.items.push_back(like(node, Node::of_string(word)));
  for (auto& item : list.items) item.tag = Tag::none;
  node = std::move(list);
}

void to_health_test(Node& node) {
  if (!node.is(Kind::string)) return;
  Node list = like(node, Node::of_sequence({Node::of_string("CMD-SHELL"), Node::of_string(node.text)}));
  for (auto& item : list.items) item.placed_like(node);
  node = std::move(list);
}

void to_external(Node& node, Node& owner, const Path& path, LoadContext& context) {
  if (!node.is(Kind::mapping)) return;
  const Node* name = node.find("name");
  const Node* own_name = owner.find("name");
  if (name != nullptr && own_name != nullptr && scalar_text(*name) != scalar_text(*own_name)) {
    context.error("external_name", "external.name and name are different", path, node);
  }
  if (name != nullptr) {
    context.warning("deprecated", "external.name is deprecated", path, node).remedy = "write external: true and name";
    Node copy = *name;
    owner.at("name") = std::move(copy);
  }
  node = like(node, Node::of_boolean(true));
}

void apply_form(Node& node, Form form, const Path& path, LoadContext& context) {
  switch (form) {
    case Form::none:
    case Form::external:  // needs what is around it: done there
      return;
    case Form::build:
      if (node.is(Kind::string)) wrap(node, "context");
      return;
    case Form::extends:
      if (node.is(Kind::string)) wrap(node, "service");
      return;
    case Form::include:
      if (node.is_scalar()) wrap(node, "path");
      return;
    case Form::assignments:
      return to_assignments(node, Node{}, false, path, context);
    case Form::labels:
      return to_assignments(node, Node::of_string(""), true, path, context);
    case Form::additional:
      return to_assignments(node, std::nullopt, false, path, context);
    case Form::ssh:
      return to_assignments(node, Node{}, false, path, context);
    case Form::hosts:
      return to_hosts(node, path, context);
    case Form::dependencies:
      return to_dependencies(node, path, context);
    case Form::names:
      return to_names(node, Node{}, path, context);
    case Form::text:
      return to_text(node);
    case Form::texts:
      return to_texts(node);
    case Form::addresses:
      to_texts(node);
      std::erase_if(node.items, [](const Node& item) { return item.is(Kind::string) && item.text.empty(); });
      return;
    case Form::text_values:
      for (auto& [key, value] : node.entries) to_text(value);
      return;
    case Form::provider_options:
      for (auto& [key, value] : node.entries) to_texts(value);
      return;
    case Form::command:
      return to_command(node, path, context);
    case Form::health_test:
      return to_health_test(node);
    case Form::env_files:
      return to_env_files(node);
    case Form::grants:
      return to_grants(node);
    case Form::gpus:
      return to_gpus(node);
    case Form::volumes:
      return to_volumes(node, path, context);
    case Form::devices:
      return to_devices(node, path, context);
    case Form::ports:
      return to_ports(node, path, context);
  }
}

}  // namespace

void canonicalise(Node& tree, const Attribute& attribute, const Path& path, LoadContext& context) {
  if (tree.tag == Tag::reset) return;
  const bool unresolved = !context.interpolate && tree.is(Kind::string) && tree.text.find('$') != std::string::npos;
  if (!unresolved && !tree.is(Kind::null)) apply_form(tree, attribute.form, path, context);
  if (Node* external = tree.find("external"); external != nullptr && attribute.member("external") != nullptr &&
                                              attribute.member("external")->form == Form::external) {
    to_external(*external, tree, path, context);
  }
  if (tree.is(Kind::sequence) && attribute.item) {
    for (std::size_t i = 0; i < tree.items.size(); ++i)
      canonicalise(tree.items[i], *attribute.item, Path{path, i}, context);
  }
  for (auto& [key, value] : tree.entries) {
    if (const Attribute* member = attribute.member(key)) canonicalise(value, *member, Path{path, key}, context);
  }
}

}  // namespace stack::compose
