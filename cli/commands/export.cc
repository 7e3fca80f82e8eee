#include "cli/commands/export.h"

#include <iostream>

#include "cli/commands/archive_output.h"
#include "cli/commands/replica_choice.h"

namespace stack::cli {

int export_container(Session& session, const ExportFlags& flags) {
  const model::Container container = any_replica(session, flags.service, flags.index);
  if (session.options().dry_run) {
    std::cout << "export " << container.spec.name << " to " << (flags.output.empty() ? "standard output" : flags.output)
              << "\n";
    return 0;
  }
  write_archive(flags.output, [&](BorrowedFd to) { session.engine().export_container(container.id, to); });
  return 0;
}

}  // namespace stack::cli
