#include "compose/load/open_names.h"

#include <algorithm>
#include <optional>

namespace stack::compose {
namespace {

bool holds_variables(std::string_view key) { return key.find('$') != std::string_view::npos; }

// Of a list: keys of a mapping have a place of their own, and no variables are put into them.
bool is_open(const std::string& key, const Node& value) { return value.key_line == 0 && holds_variables(key); }

std::string as_list_name(const std::string& key, const Node& value) {
  if (value.key_line == 0 || !holds_variables(key)) return key;
  std::string out;
  for (const char c : key) out.append(c == '$' ? 2 : 1, c);
  return out;
}

using Texts = std::vector<std::string>;

// The items of a list that mean the same, or nothing when a list cannot say it.
std::optional<Texts> assignment(const std::string& name, const Node& value) {
  if (value.is(Kind::null)) return Texts{name};
  if (!value.is_scalar()) return std::nullopt;
  return Texts{name + "=" + scalar_text(value)};
}

std::optional<Texts> host(const std::string& name, const Node& value) {
  Texts items;
  for (const Node& address : value.items) items.push_back(name + "=" + scalar_text(address));
  return items;
}

std::optional<Texts> dependency(const std::string& name, const Node& value) {
  const Node *condition = value.find("condition"), *required = value.find("required"), *restart = value.find("restart");
  const bool plain = (condition == nullptr || condition->text == "service_started") &&
                     (required == nullptr || required->boolean) && (restart == nullptr || !restart->boolean);
  return plain ? std::optional{Texts{name}} : std::nullopt;
}

std::optional<Texts> list_items(Form form, const std::string& key, const Node& value) {
  if (is_open(key, value) && form != Form::names && form != Form::dependencies) return Texts{key};
  const std::string name = as_list_name(key, value);
  switch (form) {
    case Form::assignments:
    case Form::labels:
    case Form::additional:
    case Form::ssh:
      return assignment(name, value);
    case Form::hosts:
      return host(name, value);
    case Form::dependencies:
      return dependency(name, value);
    case Form::names:
      return value.is(Kind::null) ? std::optional{Texts{name}} : std::nullopt;
    default:
      return std::nullopt;
  }
}

// What was a list stays one, as with Docker Compose: its keys have no place of their own.
bool was_list(const Node& mapping, Form form) {
  if (form != Form::assignments && form != Form::labels && form != Form::hosts) return false;
  return !mapping.entries.empty() && std::ranges::all_of(mapping.entries, [](const auto& it) {
    return it.second.key_line == 0 && it.second.line > 0;
  });
}

void reopen(Node& mapping, Form form) {
  const bool open = std::ranges::any_of(mapping.entries, [](const auto& it) { return is_open(it.first, it.second); });
  if (!open && !was_list(mapping, form)) return;
  Node list = Node::of_sequence();
  list.placed_like(mapping);
  for (const auto& [key, value] : mapping.entries) {
    const auto items = list_items(form, key, value);
    if (!items) return;
    for (const auto& text : *items) list.items.push_back(Node::of_string(text).placed_like(value));
  }
  std::ranges::stable_sort(list.items, {}, [](const Node& item) { return std::pair{item.line, item.column}; });
  mapping = std::move(list);
}

}  // namespace

void reopen_names(Node& tree, const Attribute& attribute) {
  if (tree.is(Kind::mapping)) reopen(tree, attribute.form);
  if (attribute.item) {
    for (Node& item : tree.items) reopen_names(item, *attribute.item);
  }
  for (auto& [key, value] : tree.entries) {
    if (const Attribute* member = attribute.member(key)) reopen_names(value, *member);
  }
}

}  // namespace stack::compose
