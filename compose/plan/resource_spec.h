// From a project's networks and volumes to what the engine shall have. Pure.
#pragma once

#include "base/model/network_spec.h"
#include "base/model/volume_spec.h"
#include "compose/model/project.h"

namespace stack::compose {

model::NetworkSpec network_spec(const Project& project, const std::string& key, const Network& network);
model::VolumeSpec volume_spec(const Project& project, const std::string& key, const Volume& volume);

}  // namespace stack::compose
