#include "engine/core/predefined_networks.h"

#include <string_view>

#include "engine/image/digest.h"

namespace stack::core {

bool is_predefined_network(const std::string& name) { return name == "bridge" || name == "host" || name == "none"; }

model::Network predefined_network(const std::string& name) {
  model::Network network;
  network.id = image::sha256_digest("network " + name).substr(std::string_view{"sha256:"}.size());
  network.spec.name = name;
  network.spec.driver = name == "none" ? "null" : name;
  return network;
}

}  // namespace stack::core
