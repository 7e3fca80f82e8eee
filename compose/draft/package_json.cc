#include "compose/draft/package_json.h"

#include <nlohmann/json.hpp>

namespace stack::compose {
namespace {

using nlohmann::json;

void add_names(const json& package, const char* member, std::set<std::string>& names) {
  const auto found = package.find(member);
  if (found == package.end() || !found->is_object()) return;
  for (const auto& [name, value] : found->items()) names.insert(name);
}

}  // namespace

PackageJson parse_package_json(std::string_view text) {
  const json package = json::parse(text, nullptr, false);
  PackageJson result;
  if (!package.is_object()) return result;
  if (const auto main = package.find("main"); main != package.end() && main->is_string()) result.main = *main;
  add_names(package, "scripts", result.scripts);
  add_names(package, "dependencies", result.dependencies);
  add_names(package, "devDependencies", result.dependencies);
  return result;
}

}  // namespace stack::compose
