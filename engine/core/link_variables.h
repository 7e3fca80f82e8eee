// What a container's environment says of the containers that it links to on the network "bridge": their ports, addresses and variables, as
// Docker's legacy links have them. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/model/container_state.h"
#include "base/model/image_config.h"

namespace stack::core {

struct Link {
  std::string alias;
  const model::Container* to = nullptr;  // it runs
  model::ImageConfig image;              // of that one
};

// "WEB_PORT_80_TCP_ADDR" to "172.17.0.3" for the alias "web". `name`: of the container that links.
std::map<std::string, std::string> link_variables(const std::string& name, const std::vector<Link>& links);

}  // namespace stack::core
