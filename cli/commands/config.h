// `stack config`: the project as it is understood, in canonical form; lists of what is in it; where its values come from.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct ConfigFlags {
  std::vector<std::string> services;
  std::string format, output, hash, explain;  // format: empty is yaml, or a table where there is one
  bool quiet = false, list_services = false, list_volumes = false, list_networks = false, list_images = false,
       list_profiles = false, list_models = false, variables = false, environment = false;
  bool schema = false, resolve_image_digests = false, lock_image_digests = false;
  bool no_interpolate = false, no_path_resolution = false, no_normalize = false, no_consistency = false,
       no_env_resolution = false;
};

int config(Session& session, const ConfigFlags& flags);

}  // namespace stack::cli
