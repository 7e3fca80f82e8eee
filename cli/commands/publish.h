// `stack publish`: the project as an artifact in a registry.
#pragma once

#include <string>

#include "cli/commands/session.h"

namespace stack::cli {

struct PublishFlags {
  std::string repository, oci_version;
  bool app = false, insecure = false, resolve_image_digests = false, with_env = false, yes = false;
};
// 1 when the user did not want it after all.
int publish(Session& session, const PublishFlags& flags);

}  // namespace stack::cli
