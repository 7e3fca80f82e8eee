#include "engine/build/cache_prune.h"

#include <algorithm>

namespace stack::build {

std::vector<std::string> choose_prunable(std::vector<Prunable> entries, const PruneWish& wish, Wall now) {
  std::uint64_t left = 0;
  for (const Prunable& entry : entries) left += entry.bytes;
  std::ranges::stable_sort(entries, {}, &Prunable::last_used);
  std::vector<std::string> chosen;
  for (const Prunable& entry : entries) {
    if (wish.keep_bytes > 0 && left <= wish.keep_bytes) break;
    const bool named = wish.ids.empty() || std::ranges::any_of(wish.ids, [&](const std::string& id) {
                         return !id.empty() && (entry.id.starts_with(id) || entry.id.starts_with("sha256:" + id));
                       });
    if (!named || entry.in_use || (entry.shared && !wish.all && wish.ids.empty())) continue;
    if (wish.older_than && entry.last_used + *wish.older_than > now) continue;
    chosen.push_back(entry.id);
    left -= entry.bytes;
  }
  return chosen;
}

}  // namespace stack::build
