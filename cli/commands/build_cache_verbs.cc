// `stack builder`: what the build cache holds, and what of it goes.
#include <algorithm>
#include <iostream>

#include "base/age.h"
#include "base/bytes.h"
#include "base/moment.h"
#include "cli/commands/image_build.h"
#include "cli/view/agreement.h"
#include "cli/view/printable.h"
#include "cli/view/prune_view.h"
#include "cli/view/table.h"

namespace stack::cli {
namespace {

struct Filter {
  std::string name, value;
};

std::vector<Filter> filters_of(const std::vector<std::string>& words, const std::vector<std::string>& known) {
  std::vector<Filter> filters;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    Filter filter{word.substr(0, equals), equals == std::string::npos ? "" : word.substr(equals + 1)};
    if (equals == std::string::npos || std::find(known.begin(), known.end(), filter.name) == known.end())
      throw Error(ErrorKind::invalid, "invalid filter \"" + word + "\"")
          .remedy(known.front() == "id" ? "use id=ID or kind=KIND" : "use until=TIME or id=ID");
    filters.push_back(std::move(filter));
  }
  return filters;
}

// As lists show it, without the algorithm: its first 25 characters are enough.
std::string short_of(const std::string& id) {
  const std::size_t colon = id.find(':');
  return id.substr(colon == std::string::npos ? 0 : colon + 1, 25);
}

// Whole ids of those that begin so, with or without the algorithm in front.
bool begins_with(const std::string& id, const std::string& part) {
  return id.starts_with(part) || (!part.empty() && id.substr(id.find(':') + 1).starts_with(part));
}

std::vector<std::string> ids_of(Session& session, const std::string& part) {
  std::vector<std::string> ids;
  for (const api::BuildCacheEntry& entry : session.engine().build_cache()) {
    if (begins_with(entry.id, part)) ids.push_back(entry.id);
  }
  if (ids.empty()) throw Error(ErrorKind::not_found, "nothing in the build cache has the id " + part);
  return ids;
}

bool is_meant(const api::BuildCacheEntry& entry, const std::vector<Filter>& filters) {
  return std::all_of(filters.begin(), filters.end(), [&](const Filter& filter) {
    return filter.name == "id" ? begins_with(entry.id, filter.value) : entry.kind == filter.value;
  });
}

std::uint64_t bytes_of(const std::string& flag, const std::string& text) {
  if (text.empty()) return 0;
  const auto bytes = parse_bytes(text);
  if (!bytes || *bytes < 0)
    throw Error(ErrorKind::invalid, "invalid " + flag + " value \"" + text + "\"").remedy("use a size, as in 10gb");
  return static_cast<std::uint64_t>(*bytes);
}

void print_verbose(const api::BuildCacheEntry& entry) {
  std::cout << "ID:           " << entry.id << "\n"
            << "Created at:   " << rfc3339_seconds(entry.created) << "\n"
            << "Last used at: " << rfc3339_seconds(entry.last_used) << "\n"
            << "Usage count:  " << entry.uses << "\n"
            << "Size:         " << human_bytes(entry.bytes) << "\n"
            << "Reclaimable:  " << (entry.in_use ? "false" : "true") << "\n"
            << "Shared:       " << (entry.shared ? "true" : "false") << "\n"
            << "Type:         " << entry.kind << "\n"
            << "Description:  " << printable(entry.description) << "\n\n";
}

bool agreed_to_prune_cache(bool all) {
  return agreed(std::string{"WARNING! This will remove "} + (all ? "all build cache" : "all dangling build cache") +
                " that no build uses.\nAre you sure you want to continue?");
}

}  // namespace

int builder_du(Session& session, const BuilderDuFlags& flags) {
  const std::vector<Filter> filters = filters_of(flags.filters, {"id", "kind"});
  std::vector<api::BuildCacheEntry> entries = session.engine().build_cache();
  std::erase_if(entries, [&](const api::BuildCacheEntry& entry) { return !is_meant(entry, filters); });
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  const Wall now = SystemClock{}.wall();
  std::uint64_t shared = 0, own = 0, reclaimable = 0;
  std::vector<Row> rows;
  for (const api::BuildCacheEntry& entry : entries) {
    (entry.shared ? shared : own) += entry.bytes;
    if (!entry.in_use) reclaimable += entry.bytes;
    if (flags.verbose) {
      print_verbose(entry);
      continue;
    }
    rows.push_back({short_of(entry.id), entry.in_use ? "false" : "true",
                    human_bytes(entry.bytes) + (entry.shared ? "*" : ""),
                    human_duration(now - entry.last_used) + " ago", ellipsis(printable(entry.description), 60)});
  }
  if (!flags.verbose)
    std::cout << table({"ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED", "DESCRIPTION"}, std::move(rows));
  if (shared > 0) std::cout << "Shared:\t\t" << human_bytes(shared) << "\nPrivate:\t" << human_bytes(own) << "\n";
  std::cout << "Reclaimable:\t" << human_bytes(reclaimable) << "\nTotal:\t\t" << human_bytes(shared + own) << "\n";
  return 0;
}

int builder_prune(Session& session, const BuilderPruneFlags& flags) {
  api::BuildPrune prune{.all = flags.all, .older_than = {}, .ids = {}};
  prune.keep_bytes =
      std::max(bytes_of("--keep-storage", flags.keep_storage), bytes_of("--reserved-space", flags.reserved_space));
  prune.most_bytes = bytes_of("--max-used-space", flags.max_used_space);
  prune.free_bytes = bytes_of("--min-free-space", flags.min_free_space);
  const Wall now = SystemClock{}.wall();
  for (const Filter& filter : filters_of(flags.filters, {"until", "id"})) {
    if (filter.name == "id") {
      for (std::string& id : ids_of(session, filter.value)) prune.ids.push_back(std::move(id));
    } else {
      prune.older_than = now - parse_moment(filter.value, now);
    }
  }
  if (!flags.force && !agreed_to_prune_cache(flags.all)) return 0;
  const api::BuildPruned pruned = session.engine().prune_build_cache(prune);
  std::cout << removed_text("Deleted build cache objects", pruned.ids) << reclaimed_text(pruned.freed_bytes);
  return 0;
}

}  // namespace stack::cli
