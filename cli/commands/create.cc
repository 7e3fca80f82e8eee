#include "cli/commands/create.h"

namespace stack::cli {

int create(Session& session, const UpFlags& flags) {
  UpFlags made = flags;
  made.no_start = true;
  return up(session, made);
}

int scale(Session& session, const ScaleFlags& flags) {
  UpFlags scaled;
  scaled.scale = flags.replicas;
  scaled.no_deps = flags.no_deps;
  scaled.detach = true;
  for (const auto& [service, count] : parse_scale(flags.replicas, "scale specifier"))
    scaled.services.push_back(service);
  return up(session, scaled);
}

}  // namespace stack::cli
