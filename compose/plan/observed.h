// What is really there, as far as one project is concerned: the other input of every plan. A plain value, taken once; nothing is
// looked up later.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/model/container_state.h"
#include "base/model/image_config.h"
#include "base/model/network_spec.h"
#include "base/model/volume_spec.h"

namespace stack::compose {

struct Observed {
  std::vector<model::Container> containers;        // of the project, one-off ones included
  std::map<std::string, model::Network> networks;  // all of the engine's, by name
  std::map<std::string, model::Volume> volumes;    // all of the engine's, by name
  std::map<std::string, model::Image> images;      // by the reference that a service uses; absent: not there
};

}  // namespace stack::compose
