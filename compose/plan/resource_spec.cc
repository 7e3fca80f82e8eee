#include "compose/plan/resource_spec.h"

#include "compose/model/project_json.h"
#include "compose/print/compose_hash.h"

namespace stack::compose {
namespace {

// As Docker Compose labels what it makes, so that its users' filters find it.
template <class Spec>
void belongs_to(const Project& project, const std::string& kind, const std::string& key, const std::string& hash,
                Spec& spec) {
  spec.project = project.name;
  spec.key = key;
  spec.labels["com.docker.compose.project"] = project.name;
  spec.labels["com.docker.compose." + kind] = key;
  spec.labels["com.docker.compose.version"] = STACK_VERSION;
  spec.labels["com.docker.compose.config-hash"] = hash;
}

}  // namespace

model::NetworkSpec network_spec(const Project& project, const std::string& key, const Network& network) {
  model::NetworkSpec spec;
  spec.name = network.name;
  spec.driver = driver_of(network);
  spec.driver_opts = network.driver_opts;
  for (const IpamPool& pool : network.ipam.config) {
    spec.pools.push_back({pool.subnet, pool.ip_range, pool.gateway, pool.aux_addresses});
  }
  spec.internal = network.internal;
  spec.attachable = network.attachable;
  spec.enable_ipv4 = network.enable_ipv4.value_or(true);
  spec.enable_ipv6 = network.enable_ipv6.value_or(false);
  spec.labels = network.labels;
  spec.config_hash = network_hash(network);
  belongs_to(project, "network", key, compose_hash(network), spec);
  return spec;
}

model::VolumeSpec volume_spec(const Project& project, const std::string& key, const Volume& volume) {
  model::VolumeSpec spec;
  spec.name = volume.name;
  spec.driver = volume.driver.empty() ? "local" : volume.driver;
  spec.driver_opts = volume.driver_opts;
  spec.labels = volume.labels;
  spec.config_hash = volume_hash(volume);
  belongs_to(project, "volume", key, compose_hash(volume), spec);
  return spec;
}

}  // namespace stack::compose
