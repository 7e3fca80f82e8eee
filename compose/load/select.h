// Which services of a project are active: by profile, and by name (Compose: "profiles"). Pure.
#pragma once

#include <string>
#include <vector>

#include "compose/model/project.h"
#include "compose/source/diagnostic.h"

namespace stack::compose {

// Warns of profiles that no service has. Before apply_profiles.
void warn_of_profiles(const Project& project, const std::vector<std::string>& given, Diagnostics& diagnostics);
// Moves services that no profile asks for to `disabled`. Naming a service in `wanted` activates all of its profiles;
// "*" is every profile.
void apply_profiles(Project& project, const std::vector<std::string>& profiles, const std::vector<std::string>& wanted);

// Keeps the services that `wanted` names (shell patterns allowed) and, with `dependencies`, what they depend on; the
// others move to `disabled`. A name that fits none is reported.
void select_services(Project& project, const std::vector<std::string>& wanted, bool dependencies,
                     Diagnostics& diagnostics);

// Networks, volumes, secrets, configs and models that no active service uses go.
void prune_resources(Project& project);

}  // namespace stack::compose
