// Projects drawn from a seed, for laws that hold for every project. Any thread.
#pragma once

#include <random>

#include "compose/model/project.h"

namespace stack::test {

// Up to six services of the image "app" with random scales, edges, checks and restart policies, a network that changes now and
// then, and a volume. What a container does is said by its service's environment, for engines that only pretend:
//   PROGRAM  serve (or absent): runs on; job: ends well after a second; crash: ends badly after a third of one
//   READY    milliseconds after which its healthcheck passes; absent: it never does
compose::Project random_project(std::mt19937& random);

// Up to five services that hold what only one container can have: host ports (single ones, ranges, on one address), fixed
// addresses, MAC addresses and container names, all drawn from few values so that two such projects want each other's. Within a
// project nothing is wanted twice. All run on, without healthchecks; some depend on others, some are scaled.
compose::Project random_holders(std::mt19937& random);

}  // namespace stack::test
