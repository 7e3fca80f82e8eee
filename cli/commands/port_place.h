// `stack port`: where a container's port is published.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

struct PortFlags {
  std::string service, port;
  std::string protocol = "tcp";
  int index = 0;  // 0: the first
};

int port(Session& session, const PortFlags& flags);

}  // namespace stack::cli
