#include "compose/load/load_context.h"

#include "compose/check/schema.h"

namespace stack::compose {

void Variables::take(const std::string& name, const Variables& other) {
  const auto found = other.find(name);
  if (found == other.end()) return;
  if (const auto old = places.find(name); old != places.end()) shadowed[name].push_back(old->second);
  (*this)[name] = found->second;
  if (const auto lost = other.shadowed.find(name); lost != other.shadowed.end()) {
    shadowed[name].insert(shadowed[name].end(), lost->second.begin(), lost->second.end());
  }
  if (const auto place = other.places.find(name); place != other.places.end()) {
    places[name] = place->second;
  } else {
    places.erase(name);
  }
}

void Variables::pass_over(const std::string& name, const Variables& other) {
  const auto place = other.places.find(name);
  if (place == other.places.end()) return;
  const auto own = places.find(name);
  if (own == places.end() || own->second != place->second) shadowed[name].push_back(place->second);
}

Diagnostic& LoadContext::error(std::string code, std::string message, const Path& path, const Node& node) {
  return diagnostics.emplace_back(mistake(std::move(code), std::move(message), path, node));
}

Diagnostic& LoadContext::warning(std::string code, std::string message, const Path& path, const Node& node) {
  auto& found = error(std::move(code), std::move(message), path, node);
  found.severity = Severity::warning;
  return found;
}

Diagnostic& LoadContext::file_error(std::string code, std::string message, std::string file) {
  Diagnostic found;
  found.code = std::move(code);
  found.message = std::move(message);
  found.place.file = std::move(file);
  return diagnostics.emplace_back(std::move(found));
}

Lookup lookup_in(const Variables& variables) {
  return [&variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string{name});
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
}

}  // namespace stack::compose
