// Containers of one plan that would run at the same time and cannot: they ask for the same port of the host, or the same fixed
// address of a network. Pure.
//
// Found before anything is made, instead of by the second of them at its start. Ports that are ranges, or left to the engine, find
// their own place; a service that others wait to see completed has given back what it had by then.
#pragma once

#include <string>
#include <vector>

#include "compose/plan/observed.h"
#include "compose/plan/plan.h"

namespace stack::compose {

struct Rivalry {
  std::string service, attribute;  // of the second one: "ports" or "networks"
  std::string message;             // names the first one
};

std::vector<Rivalry> find_rivals(const Plan& plan, const Observed& observed);

}  // namespace stack::compose
