// `stack container run`, `create` and `update`: a container of no project, with every setting that Docker's command line has.
#pragma once

#include "base/detach_keys.h"
#include "cli/commands/container_flags.h"
#include "cli/commands/session.h"

namespace stack::cli {

struct ContainerRunFlags {
  ContainerFlags container;
  bool detach = false, sig_proxy = true;
  std::string detach_keys{kDetachKeys};
  bool unsigned_too = true;  // signatures are not looked at: asking for that is a mistake
};
// Returns the exit code of the container. Throws RunFailed when it could not be created or started.
int container_run(Session& session, const ContainerRunFlags& flags);

struct ContainerCreateFlags {
  ContainerFlags container;
  bool unsigned_too = true;
};
// Prints the container's id.
int container_create(Session& session, const ContainerCreateFlags& flags);

struct ContainerUpdateFlags {
  std::vector<std::string> names;
  ContainerFlags container;  // limits and the restart policy
};
int container_update(Session& session, const ContainerUpdateFlags& flags);

}  // namespace stack::cli
