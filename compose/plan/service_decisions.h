// What shall happen to each service's containers, before it is said in which order: the first half of `up`. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compose/plan/observed.h"
#include "compose/plan/replicas.h"
#include "compose/plan/up_options.h"

namespace stack::compose {

struct ServiceDecision {
  std::vector<ReplicaDecision> decisions;
  std::string image_id, hash;
  std::map<std::string, Cause>
      bounced;                     // by name, kept containers that stop and start all the same: with a dependency, say
  std::vector<std::string> names;  // of the containers that will be there
};

// For the services of `order`, in which each follows what it depends on. The decisions point into `observed`.
std::map<std::string, ServiceDecision> decide_services(const Project& desired, const Observed& observed,
                                                       const UpOptions& options, const std::vector<std::string>& order);

// What the container of a decision is called: one that stays keeps its name, whichever separator it was made with.
std::string replica_name(const Project& desired, const Service& service, const ReplicaDecision& decision);

// The services of whose first containers this one's have something: a namespace, volumes.
std::vector<std::string> partners_of(const Service& service);

// Whether a network of the project has another definition now: it is made anew, and its containers with it.
bool is_recreated(const Project& desired, const Network& wanted, const model::Network& there);

}  // namespace stack::compose
