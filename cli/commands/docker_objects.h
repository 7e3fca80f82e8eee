// What Docker's command line has that is about no noun of the engine, or about all: `inspect` of anything, `version`, `info`, contexts and
// `system dial-stdio`.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct InspectFlags {
  std::vector<std::string> names;
  std::string format, type;  // container, image, network or volume; empty: the first that has the name
  bool size = false;
};
int inspect(Session& session, const InspectFlags& flags);

struct DockerVersionFlags {
  std::string format;  // empty, json, or a template
};
int docker_version(Session& session, const DockerVersionFlags& flags);

struct DockerInfoFlags {
  std::string format;
};
int docker_info(Session& session, const DockerInfoFlags& flags);

// Couples standard input and output with the engine's socket, for clients that come by ssh.
int dial_stdio(Session& session);

// There is one context, the default: the engine of this machine, or that of DOCKER_HOST.
struct ContextLsFlags {
  bool quiet = false;
  std::string format = "table";
};
int context_ls(Session& session, const ContextLsFlags& flags);
int context_show(Session& session);
struct ContextNameFlags {
  std::string name;
};
int context_use(Session& session, const ContextNameFlags& flags);
struct ContextInspectFlags {
  std::vector<std::string> names;
  std::string format;
};
int context_inspect(Session& session, const ContextInspectFlags& flags);

}  // namespace stack::cli
