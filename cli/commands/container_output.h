// `stack container logs`, `top` and `port`: what a container wrote, its processes, and where its ports are published.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct ContainerLogsFlags {
  std::string container, since, until, tail = "all";
  bool follow = false, timestamps = false, details = false;
};
// Standard output and standard error apart, as the container wrote them.
int container_logs(Session& session, const ContainerLogsFlags& flags);

struct ContainerTopFlags {
  std::string container;
  std::vector<std::string> ps_arguments;
};
int container_top(Session& session, const ContainerTopFlags& flags);

struct ContainerPortFlags {
  std::string container, port;  // "80/tcp"; empty: all
};
int container_port(Session& session, const ContainerPortFlags& flags);

}  // namespace stack::cli
