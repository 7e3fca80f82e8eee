// Members of deploy and develop. Only by way of fields.h.
#pragma once

#include "compose/model/deploy.h"
#include "compose/model/develop.h"
#include "compose/model/same.h"

namespace stack::compose {

template <class F>
void visit(Same<DiscreteResource> auto& it, F&& field) {
  field("kind", it.kind);
  field("value", it.value);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<GenericResource> auto& it, F&& field) {
  field("discrete_resource_spec", it.discrete_resource_spec);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<ResourceSet> auto& it, F&& field) {
  field("cpus", it.cpus);
  field("memory", it.memory);
  field("pids", it.pids);
  field("devices", it.devices);
  field("generic_resources", it.generic_resources);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Resources> auto& it, F&& field) {
  field("limits", it.limits);
  field("reservations", it.reservations);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<DeployRestart> auto& it, F&& field) {
  field("condition", it.condition);
  field("delay", it.delay);
  field("max_attempts", it.max_attempts);
  field("window", it.window);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<UpdateConfig> auto& it, F&& field) {
  field("parallelism", it.parallelism);
  field("delay", it.delay);
  field("failure_action", it.failure_action);
  field("monitor", it.monitor);
  field("max_failure_ratio", it.max_failure_ratio);
  field("order", it.order);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<PlacementPreference> auto& it, F&& field) {
  field("spread", it.spread);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Placement> auto& it, F&& field) {
  field("constraints", it.constraints);
  field("preferences", it.preferences);
  field("max_replicas_per_node", it.max_replicas_per_node);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Deploy> auto& it, F&& field) {
  field("mode", it.mode);
  field("replicas", it.replicas);
  field("labels", it.labels);
  field("update_config", it.update_config);
  field("rollback_config", it.rollback_config);
  field("resources", it.resources);
  field("restart_policy", it.restart_policy);
  field("placement", it.placement);
  field("endpoint_mode", it.endpoint_mode);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<WatchTrigger> auto& it, F&& field) {
  field("path", it.path);
  field("action", it.action);
  field("target", it.target);
  field("exec", it.exec);
  field("include", it.include);
  field("ignore", it.ignore);
  field("initial_sync", it.initial_sync);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Develop> auto& it, F&& field) {
  field("watch", it.watch);
  field("extensions", it.extensions);
}

}  // namespace stack::compose
