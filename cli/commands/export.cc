#include "cli/commands/export.h"

#include <algorithm>
#include <iostream>

#include "cli/commands/archive_output.h"

namespace stack::cli {

int export_container(Session& session, const ExportFlags& flags) {
  const Session::Target target = session.target({});
  std::vector<model::Container> containers = session.engine().containers(target.name, true);
  std::erase_if(containers, [&](const model::Container& each) {
    return each.spec.service != flags.service || each.spec.one_off ||
           (flags.index != 0 && each.spec.replica != flags.index);
  });
  const auto first = std::min_element(containers.begin(), containers.end(),
                                      [](const auto& a, const auto& b) { return a.spec.replica < b.spec.replica; });
  if (first == containers.end()) {
    throw Error(ErrorKind::not_found, "service \"" + flags.service + "\" has no container" +
                                          (flags.index > 0 ? " #" + std::to_string(flags.index) : ""));
  }
  if (session.options().dry_run) {
    std::cout << "export " << first->spec.name << " to " << (flags.output.empty() ? "standard output" : flags.output)
              << "\n";
    return 0;
  }
  write_archive(flags.output, [&](BorrowedFd to) { session.engine().export_container(first->id, to); });
  return 0;
}

}  // namespace stack::cli
