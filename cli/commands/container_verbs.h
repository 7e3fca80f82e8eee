// `stack container ...`: containers of any project or none, by name or id, with the verbs and the output of Docker's own client.
#pragma once

#include <string>
#include <vector>

#include "base/detach_keys.h"
#include "cli/commands/session.h"

namespace stack::cli {

struct ContainerLsFlags {
  bool all = false, quiet = false, no_trunc = false, size = false, latest = false;
  int last = -1;
  std::vector<std::string> filters;
  std::string format = "table";
};
int container_ls(Session& session, const ContainerLsFlags& flags);

struct ContainerInspectFlags {
  std::vector<std::string> names;
  std::string format;
  bool size = false;
};
// Of all that there are, whether they run or not.
std::vector<std::string> container_names(client::EngineClient& engine);
int container_inspect(Session& session, const ContainerInspectFlags& flags);

struct ContainerStartFlags {
  std::vector<std::string> names;
  bool attach = false, interactive = false;
  std::string detach_keys{kDetachKeys};
};
int container_start(Session& session, const ContainerStartFlags& flags);

struct ContainerStopFlags {
  std::vector<std::string> names;
  std::optional<std::string> timeout;  // seconds
  std::string signal;
};
int container_stop(Session& session, const ContainerStopFlags& flags);
int container_restart(Session& session, const ContainerStopFlags& flags);

struct ContainerKillFlags {
  std::vector<std::string> names;
  std::string signal = "KILL";
};
int container_kill(Session& session, const ContainerKillFlags& flags);

struct ContainerNamesFlags {
  std::vector<std::string> names;
};
int container_pause(Session& session, const ContainerNamesFlags& flags);
int container_unpause(Session& session, const ContainerNamesFlags& flags);
// Prints the exit code of each.
int container_wait(Session& session, const ContainerNamesFlags& flags);

struct ContainerRenameFlags {
  std::string container, name;
};
int container_rename(Session& session, const ContainerRenameFlags& flags);

struct ContainerRmFlags {
  std::vector<std::string> names;
  bool force = false, volumes = false;
};
int container_rm(Session& session, const ContainerRmFlags& flags);

struct ContainerAttachFlags {
  std::string container;
  bool no_stdin = false, sig_proxy = true;
  std::string detach_keys{kDetachKeys};
};
int container_attach(Session& session, const ContainerAttachFlags& flags);

}  // namespace stack::cli
