#include "compose/check/attribute_table.h"

#include <span>

#include "compose/check/attribute_rows.h"
#include "compose/check/warning_names.h"

namespace stack::compose {
namespace {

// Walks to the node of `path`, making what is missing on the way.
Attribute& node_at(Attribute& root, std::string_view path) {
  Attribute* at = &root;
  while (!path.empty()) {
    std::unique_ptr<Attribute>* next = nullptr;
    if (path.starts_with("[]")) {
      next = &at->item;
      path.remove_prefix(2);
    } else {
      const auto end = std::min(path.find_first_of(".["), path.size());
      const auto key = path.substr(0, end);
      next = key == "*" ? &at->any : &at->members[std::string{key}];
      path.remove_prefix(end);
    }
    if (path.starts_with('.')) path.remove_prefix(1);
    if (!*next) *next = std::make_unique<Attribute>();
    at = next->get();
  }
  return *at;
}

void add(Attribute& root, const AttributeRow& row, std::string_view prefix) {
  const std::string path = std::string{prefix} + std::string{row.path};
  Attribute& it = node_at(root, path);
  it.path = path;
  it.kinds = row.kinds;
  it.format = row.format;
  it.merge = row.merge;
  it.identity = row.identity;
  it.form = row.form;
  it.words = row.words;
  it.required = row.required;
  it.path_value = row.is_path;
  it.effect = row.effect;
  for (const auto& part : shared_rows(row.part)) add(root, part, path);
  if (row.part == SharedPart::own) node_at(root, path + ".lint.disable[]").words = warning_words();
}

std::unique_ptr<Attribute> build_table() {
  auto root = std::make_unique<Attribute>();
  root->kinds = kMap | kNull;
  for (const auto& row : file_rows()) add(*root, row, "");
  for (const auto rows : {service_rows(), build_rows(), deploy_rows()}) {
    for (const auto& row : rows) add(*root, row, "services.*.");
  }
  return root;
}

}  // namespace

const Attribute* Attribute::member(std::string_view key) const {
  static const Attribute kExtension;
  if (const auto found = members.find(key); found != members.end()) return found->second.get();
  if (any) return any.get();
  return key.starts_with("x-") ? &kExtension : nullptr;
}

const Attribute& compose_file() {
  static const std::unique_ptr<Attribute> kTable = build_table();
  return *kTable;
}

const Attribute& compose_service() { return *compose_file().members.find("services")->second->any; }

}  // namespace stack::compose
