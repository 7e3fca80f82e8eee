// Which of the build cache goes, decided: the longest unused first, until as little is left as is wanted. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace stack::build {

struct Prunable {
  std::string id;
  std::uint64_t bytes = 0;
  Wall last_used{};
  bool in_use = false, shared = false;  // shared: with an image, whose layer it is
};

struct PruneWish {
  bool all = false;                 // also what is shared
  std::optional<Nanos> older_than;  // since its last use
  std::uint64_t keep_bytes = 0;     // stop when this little is left
  std::uint64_t most_bytes = 0;     // go on until no more than this is left
  std::uint64_t free_bytes = 0;     // go on until the file system has this much free
  std::uint64_t free_now = 0;       // that the file system has
  std::vector<std::string> ids;     // these alone; the beginning of an id is enough
};

// In the order in which they go. What is asked for by most_bytes and free_bytes ends where keep_bytes begins.
std::vector<std::string> choose_prunable(std::vector<Prunable> entries, const PruneWish& wish, Wall now);

}  // namespace stack::build
