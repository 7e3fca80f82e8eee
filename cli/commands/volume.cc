#include "cli/commands/volume.h"

#include <iostream>

#include "cli/commands/failures.h"
#include "cli/commands/name_values.h"
#include "cli/view/agreement.h"
#include "cli/view/format_json.h"
#include "cli/view/prune_view.h"
#include "cli/view/volume_view.h"

namespace stack::cli {
namespace {

bool agreed_to_prune_volumes(bool all) {
  return agreed(std::string{"WARNING! This will remove "} + (all ? "all" : "anonymous") +
                " local volumes not used by at least one container.\nAre you sure you want to continue?");
}

}  // namespace

int volume_ls(Session& session, const VolumeLsFlags& flags) {
  const std::vector<model::Volume> volumes = session.engine().volumes(parse_filters(flags.filters));
  if (flags.quiet) {
    for (const model::Volume& volume : volumes) std::cout << volume.spec.name << "\n";
  } else if (flags.format == "table") {
    std::cout << volumes_table(volumes) << std::flush;
    if (volumes.empty() && flags.filters.empty())
      session.hint("there are no volumes; a project with volumes makes them, or: stack volume create NAME");
  } else {
    std::cout << format_rows(flags.format, volumes_lines(volumes), volume_titles());
  }
  return 0;
}

int volume_create(Session& session, const VolumeCreateFlags& flags) {
  if (flags.named && !flags.name.empty()) {
    throw Error(ErrorKind::invalid,
                "conflicting options: cannot specify a volume name through both --name and as a positional arg");
  }
  const model::VolumeSpec spec{.name = flags.named.value_or(flags.name),
                               .driver = flags.driver,
                               .driver_opts = pairs_of(flags.options),
                               .labels = pairs_of(flags.labels)};
  std::cout << session.engine().create_volume(spec).spec.name << "\n";
  return 0;
}

int volume_inspect(Session& session, const VolumeInspectFlags& flags) {
  std::vector<model::Volume> found;
  Failures failures;
  for (const std::string& name : flags.names)
    failures.attempt([&] { found.push_back(session.engine().inspect_volume(name)); });
  if (flags.format.empty()) {
    std::cout << volume_inspect_json(found) << "\n";
  } else {
    std::cout << format_objects(flags.format, volume_inspect_lines(found));
  }
  failures.report();
  return 0;
}

int volume_rm(Session& session, const VolumeRmFlags& flags) {
  Failures failures;
  for (const std::string& name : flags.names) {
    failures.attempt([&] {
      session.engine().remove_volume(name, flags.force);
      std::cout << name << "\n";
    });
  }
  failures.report();
  return 0;
}

int volume_prune(Session& session, const VolumePruneFlags& flags) {
  Filters filters = parse_filters(flags.filters);
  bool all = flags.all;
  for (const auto& [name, value] : filters) {
    if (name != "all") continue;
    if (flags.all) throw Error(ErrorKind::invalid, "conflicting options: cannot specify both --all and --filter all=1");
    all = parse_truth(name, value);
  }
  if (flags.all) filters.emplace_back("all", "true");
  if (!flags.force && !agreed_to_prune_volumes(all)) return 0;
  const api::VolumeRemoval removal = session.engine().prune_volumes(filters);
  std::cout << removed_text("Deleted Volumes", removal.deleted) << reclaimed_text(removal.freed_bytes);
  return 0;
}

}  // namespace stack::cli
