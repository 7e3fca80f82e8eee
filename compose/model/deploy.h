// Replicas, resources and how a service is rolled over (Compose deploy specification). Plain values.
#pragma once

#include "compose/model/values.h"

namespace stack::compose {

struct DiscreteResource {
  std::string kind;
  std::int64_t value = 0;
  Extensions extensions;
  bool operator==(const DiscreteResource&) const = default;
};
struct GenericResource {
  std::optional<DiscreteResource> discrete_resource_spec;
  Extensions extensions;
  bool operator==(const GenericResource&) const = default;
};

struct ResourceSet {
  double cpus = 0;  // processors; 0: none
  Bytes memory;
  std::int64_t pids = 0;
  std::vector<DeviceRequest> devices;
  std::vector<GenericResource> generic_resources;
  Extensions extensions;
  bool operator==(const ResourceSet&) const = default;
};

struct Resources {
  std::optional<ResourceSet> limits, reservations;
  Extensions extensions;
  bool operator==(const Resources&) const = default;
};

struct DeployRestart {
  std::string condition;  // none, on-failure, any
  std::optional<Nanos> delay;
  std::optional<std::int64_t> max_attempts;
  std::optional<Nanos> window;
  Extensions extensions;
  bool operator==(const DeployRestart&) const = default;
};

// How one replica after another is replaced, or put back.
struct UpdateConfig {
  std::optional<std::int64_t> parallelism;  // 0: all at once
  Nanos delay{0};
  std::string failure_action;  // continue, pause, rollback
  Nanos monitor{0};
  double max_failure_ratio = 0;
  std::string order;  // stop-first, start-first
  Extensions extensions;
  bool operator==(const UpdateConfig&) const = default;
};

struct PlacementPreference {
  std::string spread;
  Extensions extensions;
  bool operator==(const PlacementPreference&) const = default;
};
struct Placement {
  Strings constraints;
  std::vector<PlacementPreference> preferences;
  std::int64_t max_replicas_per_node = 0;
  Extensions extensions;
  bool operator==(const Placement&) const = default;
};

struct Deploy {
  std::string mode;
  std::optional<std::int64_t> replicas;
  Mapping labels;
  std::optional<UpdateConfig> update_config, rollback_config;
  Resources resources;
  std::optional<DeployRestart> restart_policy;
  Placement placement;
  std::string endpoint_mode;  // vip, dnsrr
  Extensions extensions;
  bool operator==(const Deploy&) const = default;
};

}  // namespace stack::compose
