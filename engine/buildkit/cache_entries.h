// The caches that a client names in its request, in BuildKit's words. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/model/build_cache.h"

namespace stack::buildkit {

struct CacheEntry {
  std::string type;
  std::map<std::string, std::string> attributes;
  bool operator==(const CacheEntry&) const = default;
};

// The option "cache-imports": a list of {"Type", "Attrs"}. Throws stack::Error(invalid).
std::vector<CacheEntry> read_cache_entries(const std::string& text);
// Throw stack::Error: unsupported for a folder of the client's, which the engine does not reach, and for stores of a cloud.
model::CachePlace cache_source_of(CacheEntry entry);
model::CacheExport cache_target_of(CacheEntry entry);

}  // namespace stack::buildkit
