#include "engine/build/cache_prune.h"

#include <algorithm>

namespace stack::build {

namespace {

// How much may stay; nothing when it does not depend on that.
std::optional<std::uint64_t> allowance(const PruneWish& wish, std::uint64_t total) {
  if (wish.keep_bytes == 0 && wish.most_bytes == 0 && wish.free_bytes == 0) return std::nullopt;
  std::uint64_t stays = wish.most_bytes > 0 ? wish.most_bytes : wish.free_bytes > 0 ? total : 0;
  if (wish.free_bytes > wish.free_now) {
    const std::uint64_t missing = wish.free_bytes - wish.free_now;
    stays = std::min(stays, total > missing ? total - missing : 0);
  }
  return std::max(stays, wish.keep_bytes);
}

}  // namespace

std::vector<std::string> choose_prunable(std::vector<Prunable> entries, const PruneWish& wish, Wall now) {
  std::uint64_t left = 0;
  for (const Prunable& entry : entries) left += entry.bytes;
  const std::optional<std::uint64_t> stays = allowance(wish, left);
  std::ranges::stable_sort(entries, {}, &Prunable::last_used);
  std::vector<std::string> chosen;
  for (const Prunable& entry : entries) {
    if (stays && left <= *stays) break;
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
