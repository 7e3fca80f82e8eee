#include "cli/commands/prune.h"

#include <algorithm>
#include <iostream>

#include "cli/commands/name_values.h"
#include "cli/view/agreement.h"
#include "cli/view/prune_view.h"
#include "engine/client/engine_error.h"

namespace stack::cli {
namespace {

void check_filters(const Filters& filters) {
  for (const auto& [name, value] : filters) {
    if (name != "until" && name != "label" && name != "label!")
      throw client::EngineError(
          Error(ErrorKind::invalid, "invalid filter '" + name + "'").remedy("use until=, label= or label!="));
  }
}

bool has(const Filters& filters, bool (*is_meant)(const std::string& name)) {
  return std::any_of(filters.begin(), filters.end(), [&](const auto& each) { return is_meant(each.first); });
}
bool is_until(const std::string& name) { return name == "until"; }
bool is_label(const std::string& name) { return name != "until"; }

// The cache of builds has no labels.
bool prunes_build_cache(const Filters& filters) { return !has(filters, is_label); }

std::string warning_of(const SystemPruneFlags& flags, const Filters& filters) {
  std::string text =
      "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n";
  if (flags.volumes) text += "  - all anonymous volumes not used by at least one container\n";
  text +=
      flags.all ? "  - all images without at least one container associated to them\n" : "  - all dangling images\n";
  if (prunes_build_cache(filters)) text += flags.all ? "  - all build cache\n" : "  - unused build cache\n";
  if (!flags.filters.empty()) {
    text += "\n  Items to be pruned will be filtered with:\n";
    for (const std::string& filter : flags.filters) text += "  - " + filter + "\n";
  }
  return text + "\nAre you sure you want to continue?";
}

api::ImageFilter image_filter_of(const SystemPruneFlags& flags, const Filters& filters) {
  api::ImageFilter filter{.all = flags.all};
  for (const auto& [name, value] : filters) {
    if (name == "until") filter.until = parse_until(value);
    if (name == "label") filter.labels.push_back(value);
    if (name == "label!") filter.not_labels.push_back(value);
  }
  return filter;
}

api::BuildPrune build_prune_of(const SystemPruneFlags& flags, const Filters& filters) {
  api::BuildPrune prune{.all = flags.all, .older_than = {}, .keep_bytes = 0, .ids = {}};
  for (const auto& [name, value] : filters) {
    if (name == "until") prune.older_than = SystemClock{}.wall() - parse_until(value);
  }
  return prune;
}

}  // namespace

int container_prune(Session& session, const ContainerPruneFlags& flags) {
  const Filters filters = parse_filters(flags.filters);
  check_filters(filters);
  if (!flags.force && !agreed("WARNING! This will remove all stopped containers.\nAre you sure you want to continue?"))
    return 0;
  const api::ContainerRemoval removal = session.engine().prune_containers(filters);
  std::cout << removed_text("Deleted Containers", removal.deleted) << reclaimed_text(removal.freed_bytes);
  return 0;
}

int system_prune(Session& session, const SystemPruneFlags& flags) {
  const Filters filters = parse_filters(flags.filters);
  check_filters(filters);
  if (flags.volumes && has(filters, is_until))
    throw Error(ErrorKind::invalid, "the \"until\" filter is not supported with --volumes")
        .remedy("leave one of them out");
  if (!flags.force && !agreed(warning_of(flags, filters))) return 0;
  client::EngineClient& engine = session.engine();
  const api::ContainerRemoval containers = engine.prune_containers(filters);
  std::uint64_t freed = containers.freed_bytes;
  std::cout << removed_text("Deleted Containers", containers.deleted)
            << removed_text("Deleted Networks", engine.prune_networks(filters)) << std::flush;
  if (flags.volumes) {
    const api::VolumeRemoval volumes = engine.prune_volumes(filters);
    freed += volumes.freed_bytes;
    std::cout << removed_text("Deleted Volumes", volumes.deleted);
  }
  const api::ImageRemoval images = engine.prune_images(image_filter_of(flags, filters));
  freed += images.freed_bytes;
  std::cout << removed_images_text(images);
  if (prunes_build_cache(filters)) {
    const api::BuildPruned cache = engine.prune_build_cache(build_prune_of(flags, filters));
    freed += cache.freed_bytes;
    std::cout << removed_text("Deleted build cache objects", cache.ids);
  }
  std::cout << reclaimed_text(freed);
  return 0;
}

}  // namespace stack::cli
