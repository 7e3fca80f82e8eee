// What shall happen to the replicas of one service: each existing container is kept, started, recreated or removed, and missing
// ones get a number. Pure; the reconciler turns it into operations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/model/container_state.h"
#include "compose/model/project.h"
#include "compose/plan/cause.h"

namespace stack::compose {

inline constexpr std::int64_t kReplicasMax = 10000;  // containers of one project

enum class RecreatePolicy { diverged, never, force };

struct ReplicaInput {
  const Project& project;
  const Service& service;
  std::string image_id;
  std::string hash, compose_hash;  // of the service; ours, and Docker Compose's
  int wanted = 1;
  RecreatePolicy policy = RecreatePolicy::diverged;
  Cause forced_by{};                              // with the policy `force`: why
  std::vector<const model::Container*> existing;  // of this service, one-off ones left out
};

struct ReplicaDecision {
  enum class Kind { keep, start, recreate, create, remove };
  Kind kind = Kind::keep;
  const model::Container* existing = nullptr;  // not for create
  int number = 0;                              // of the container that will be there
  Cause cause{};
};

// Ordered: survivors by number, then new ones by number, then those that go.
std::vector<ReplicaDecision> decide_replicas(const ReplicaInput& input);

}  // namespace stack::compose
