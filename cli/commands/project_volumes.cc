#include "cli/commands/project_volumes.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "cli/commands/replica_choice.h"
#include "cli/view/format_json.h"
#include "cli/view/volume_view.h"

namespace stack::cli {
namespace {

// The volumes that containers of these services have.
std::set<std::string> used_by(Session& session, const std::string& project, const std::vector<std::string>& services) {
  std::set<std::string> names;
  for (const model::Container& container : session.engine().containers(project, true)) {
    if (std::find(services.begin(), services.end(), container.spec.service) == services.end()) continue;
    for (const model::Mount& mount : container.spec.mounts) {
      if (mount.kind == model::MountKind::volume) names.insert(mount.source);
    }
  }
  return names;
}

}  // namespace

int volumes(Session& session, const VolumesFlags& flags) {
  const Session::Target target = session.target({});
  for (const std::string& service : flags.services) check_service(session, target, service);
  std::vector<model::Volume> found = session.engine().volumes({{"label", "com.docker.compose.project=" + target.name}});
  if (!flags.services.empty()) {
    const std::set<std::string> used = used_by(session, target.name, flags.services);
    std::erase_if(found, [&](const model::Volume& volume) { return !used.contains(volume.spec.name); });
  }
  if (flags.quiet) {
    for (const model::Volume& volume : found) std::cout << volume.spec.name << "\n";
  } else if (flags.format == "table") {
    std::cout << volumes_table(found) << std::flush;
  } else {
    std::cout << format_rows(flags.format, volumes_lines(found), volume_titles());
  }
  return 0;
}

}  // namespace stack::cli
