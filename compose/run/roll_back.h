// What is done after a run that did not come to its end, so that nothing half-made stays and what ran well runs. Pure.
//
// In this order:
//   a replacement that runs             what it replaced is removed, as was planned, or tried once more
//   a container made to be started      is removed unless it started; one that it should have replaced gets its name back
//   networks, when nothing started      made ones are removed, those that they should have replaced are made again
//   what was stopped only to start again, or to be replaced, and ran before      starts
// Data is never rolled back: volumes stay.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "compose/plan/plan.h"

namespace stack::compose {

enum class NodeState { waiting, running, succeeded, failed };

// A container that was put aside gets its name back.
struct GiveBack {
  std::string id, name;
};
using Undo = std::variant<Operation, GiveBack>;

// `states` says for each node of the plan how it ended; what still waits was never begun.
std::vector<Undo> roll_back(const Plan& plan, const std::vector<NodeState>& states);

}  // namespace stack::compose
