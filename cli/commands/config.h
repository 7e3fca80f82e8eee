// `stack config`: the project as it is understood, in canonical form.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

struct ConfigFlags {
  std::vector<std::string> services;
  std::string format = "yaml", output, hash, explain;
  bool quiet = false, list_services = false, list_volumes = false, list_networks = false, list_images = false,
       list_profiles = false, environment = false;
  bool no_interpolate = false, no_path_resolution = false, no_normalize = false, no_consistency = false,
       no_env_resolution = false;
};

int config(Session& session, const ConfigFlags& flags);

}  // namespace stack::cli
