#include "compose/check/warning_names.h"

#include <algorithm>
#include <map>

namespace stack::compose {

std::string_view warning_words() {
  static const std::string kWords = [] {
    std::string out;
    for (const auto& it : kWarnings) out += (out.empty() ? "" : "|") + std::string{it.name};
    return out;
  }();
  return kWords;
}

namespace {

std::set<std::string> disabled_in(const Node& node) {
  const Node* at = &node;
  for (const char* key : {"x-stack", "lint", "disable"}) at = at == nullptr ? nullptr : at->find(key);
  std::set<std::string> out;
  if (at == nullptr) return out;
  for (const auto& item : at->items) out.insert(item.text);
  return out;
}

bool below(const std::string& path, const std::string& service) {
  const std::string start = "services." + service;
  return path.starts_with(start) && (path.size() == start.size() || path[start.size()] == '.');
}

}  // namespace

void drop_disabled(const Node& model, const std::set<std::string>& disabled, Diagnostics& diagnostics) {
  std::set<std::string> everywhere = disabled_in(model);
  everywhere.insert(disabled.begin(), disabled.end());
  std::map<std::string, std::set<std::string>> by_service;
  if (const Node* const services = model.find("services")) {
    for (const auto& [name, service] : services->entries) {
      if (auto names = disabled_in(service); !names.empty()) by_service.emplace(name, std::move(names));
    }
  }
  std::erase_if(diagnostics, [&](const Diagnostic& it) {
    if (it.severity != Severity::warning) return false;
    if (everywhere.contains(it.code)) return true;
    return std::ranges::any_of(by_service, [&](const auto& service) {
      return service.second.contains(it.code) && below(it.path, service.first);
    });
  });
}

}  // namespace stack::compose
