// What is done after a run that did not come to its end, so that nothing half-made stays and what ran well runs. Pure.
//
// A container that stopped is served when the same one runs again, or when everything that takes over from it runs: its
// replacement, and whatever has its ports, addresses or name now. One that ran and is not served starts again, unless it is
// removed; what took over from it gives way first, and so on until nothing more has to.
//
// In this order:
//   a removal that nothing stands in the way of     is tried once more
//   what has to give way                            stops, and is removed where the plan made it
//   a container made to be started                  is removed unless it started
//   names                                           go back to those that still have to do with them
//   networks that nothing is on                     made ones are removed, those that they should have replaced are made again
//   what stopped, ran before and is not served      starts
// Data is never rolled back: volumes stay. A plan that stops things for good is not rolled back.
#pragma once

#include <vector>

#include "compose/plan/plan.h"

namespace stack::compose {

enum class NodeState { waiting, running, succeeded, failed };

// `states` says for each node of the plan how it ended; what still waits was never begun.
std::vector<Operation> roll_back(const Plan& plan, const std::vector<NodeState>& states);

}  // namespace stack::compose
