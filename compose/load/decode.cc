#include "compose/load/decode.h"

#include <charconv>

#include "base/bytes.h"
#include "base/duration.h"
#include "compose/model/fields.h"
#include "compose/source/json_writer.h"

namespace stack::compose {
namespace {

void read(const Node& node, std::string& out) { out = scalar_text(node); }
void read(const Node& node, bool& out) { out = node.boolean; }
void read(const Node& node, OnByDefault& out) { out = node.boolean; }
void read(const Node& node, double& out) {
  if (node.is(Kind::integer)) out = static_cast<double>(node.integer);
  if (node.is(Kind::floating)) out = node.floating;
}
void read(const Node& node, std::int64_t& out) {
  if (node.is(Kind::integer)) out = node.integer;
}
void read(const Node& node, std::uint16_t& out) {
  if (node.is(Kind::integer) && node.integer >= 0 && node.integer <= 65535)
    out = static_cast<std::uint16_t>(node.integer);
}
// Permission bits: text is octal, a number is what YAML made of it.
void read(const Node& node, std::uint32_t& out) {
  if (node.is(Kind::integer)) out = static_cast<std::uint32_t>(node.integer);
  if (node.is(Kind::string)) std::from_chars(node.text.data(), node.text.data() + node.text.size(), out, 8);
}
void read(const Node& node, FileMode& out) { read(node, out.value); }
void read(const Node& node, Bytes& out) {
  if (node.is(Kind::integer)) out.value = node.integer;
  if (node.is(Kind::floating)) out.value = static_cast<std::int64_t>(node.floating);
  if (node.is(Kind::string)) out.value = parse_bytes(node.text).value_or(0);
}
void read(const Node& node, Nanos& out) { out = parse_duration(node.text).value_or(Nanos{0}); }
void read(const Node& node, DependencyCondition& out) { out = parse_condition(node.text).value_or(out); }
void read(const Node& node, Ulimit& out) {
  if (node.is(Kind::integer)) out = {node.integer, node.integer, true};
  if (const Node* soft = node.find("soft")) read(*soft, out.soft);
  if (const Node* hard = node.find("hard")) read(*hard, out.hard);
}

template <class T>
void read(const Node& node, std::optional<T>& out);
template <class T>
void read(const Node& node, std::vector<T>& out);
template <class T>
requires std::derived_from<T, std::map<std::string, typename T::mapped_type>>
void read(const Node& node, T& out);
template <Part T>
void read(const Node& node, T& out);

template <class T>
void read(const Node& node, std::optional<T>& out) {
  out.reset();
  if (!node.is(Kind::null)) read(node, out.emplace());
}
template <class T>
void read(const Node& node, std::vector<T>& out) {
  out.clear();
  out.reserve(node.items.size());
  for (const auto& item : node.items) read(item, out.emplace_back());
}
template <class T>
requires std::derived_from<T, std::map<std::string, typename T::mapped_type>>
void read(const Node& node, T& out) {
  out.clear();
  for (const auto& [key, value] : node.entries) read(value, out[key]);
}
template <Part T>
void read(const Node& node, T& out) {
  visit(out, [&]<class M>(const char* name, M& member) {
    if constexpr (std::same_as<M, Extensions>) {
      if (std::string_view{name} == "extensions") {
        for (const auto& [key, value] : node.entries) {
          if (key.starts_with("x-")) member[key] = write_json(to_value(value, KeyOrder::bytes));
        }
        return;
      }
    }
    if (const Node* found = node.find(name)) read(*found, member);
  });
}

void add_places(const Node& node, const std::string& path, int depth, Places& places) {
  places.emplace(path, node.key_place());
  if (depth == 0) return;
  for (std::size_t i = 0; i < node.items.size(); ++i)
    places.emplace(path + "[" + std::to_string(i) + "]", node.items[i].place());
  for (const auto& [key, value] : node.entries)
    add_places(value, path.empty() ? key : path + "." + key, depth - 1, places);
}

}  // namespace

Project decode_project(const Node& model) {
  Project project;
  read(model, project);
  constexpr int kPlaceDepth = 2;
  if (const Node* services = model.find("services")) {
    for (auto& [name, service] : project.services) {
      service.name = name;
      add_places(services->entries.find(name)->second, "", kPlaceDepth, service.places);
    }
  }
  for (const char* kind : {"networks", "volumes", "secrets", "configs", "models"}) {
    const Node* found = model.find(kind);
    if (found == nullptr) continue;
    for (const auto& [name, value] : found->entries)
      project.places.emplace(std::string{kind} + "." + name, value.key_place());
  }
  return project;
}

}  // namespace stack::compose
