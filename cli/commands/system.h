// `stack system info` and `stack system shutdown`.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

int system_info(Session& session, const std::string& format);
// The engine leaves; containers run on. Without an engine it does nothing.
int system_shutdown(Session& session);

}  // namespace stack::cli
