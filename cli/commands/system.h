// `stack system info`, `df` and `shutdown`.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

struct SystemInfoFlags {
  std::string format = "pretty";  // or json, or a template: format_json.h
};
int system_info(Session& session, const SystemInfoFlags& flags);
// What takes how much of the disk; `verbose`: each image, container and volume by itself.
struct SystemDfFlags {
  bool verbose = false;
  std::string format = "table";  // or json, or a template: format_json.h
};
int system_df(Session& session, const SystemDfFlags& flags);
// The engine leaves; containers run on. Without an engine it does nothing.
int system_shutdown(Session& session);

}  // namespace stack::cli
