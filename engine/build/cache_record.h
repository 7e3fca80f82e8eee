// One step that was played: what it was made of, and the file system that it gave. As JSON on disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/build/cache_key.h"

namespace stack::build {

struct CacheRecord {
  std::string key;
  std::string definition;           // cache_key.h; empty in the records of older engines
  std::string slot;                 // Node::slot
  std::string description;          // "[build 2/5] RUN make"
  std::vector<std::string> layers;  // diff ids, bottom first; the last one is the step's own
  std::uint64_t bytes = 0;          // of that one, unpacked
  Wall created{}, last_used{};
  int uses = 0;
  std::vector<KeyPart> parts;
  ListedFiles files;
  bool operator==(const CacheRecord&) const = default;
};

std::string write_cache_record(const CacheRecord& record);
// Throws stack::Error(invalid).
CacheRecord read_cache_record(std::string_view text);

}  // namespace stack::build
