#include <nlohmann/json.hpp>

#include "base/error.h"
#include "engine/buildkit/cache_entries.h"

namespace stack::buildkit {
namespace {

std::map<std::string, std::string> with_type(CacheEntry entry) {
  if (entry.type == "local") {
    throw Error(ErrorKind::unsupported, "a cache of type local cannot be reached by BuildKit's protocol")
        .remedy("use type=registry, or build with stack image build");
  }
  entry.attributes["type"] = std::move(entry.type);
  return std::move(entry.attributes);
}

}  // namespace

std::vector<CacheEntry> read_cache_entries(const std::string& text) {
  std::vector<CacheEntry> entries;
  const nlohmann::json root = text.empty() ? nlohmann::json{} : nlohmann::json::parse(text, nullptr, false);
  if (root.is_null()) return entries;
  const Error malformed{ErrorKind::invalid, "the build option cache-imports is not a list of caches"};
  if (!root.is_array()) throw Error(malformed);
  for (const nlohmann::json& each : root) {
    if (!each.is_object() || !each.value("Type", nlohmann::json{}).is_string()) throw Error(malformed);
    CacheEntry entry{.type = each.at("Type").get<std::string>(), .attributes = {}};
    const nlohmann::json attributes = each.value("Attrs", nlohmann::json::object());
    for (const auto& [name, value] : attributes.items()) {
      if (!value.is_string()) throw Error(malformed);
      entry.attributes[name] = value.get<std::string>();
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

model::CachePlace cache_source_of(CacheEntry entry) { return model::cache_source(with_type(std::move(entry))); }
model::CacheExport cache_target_of(CacheEntry entry) { return model::cache_target(with_type(std::move(entry))); }

}  // namespace stack::buildkit
