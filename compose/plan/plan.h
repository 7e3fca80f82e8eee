// A plan: operations with the reason for each, and which must be done before which. The value between deciding and doing.
//
// Nodes stand in topological order: a node depends on smaller indices only. Everything that is independent may run at the same
// time. print() is the picture that tests, --dry-run and bug reports share.
#pragma once

#include <string>
#include <vector>

#include "compose/plan/cause.h"
#include "compose/plan/operation.h"

namespace stack::compose {

// The tree of a file has nodes too (compose/source), and some programs have both: this namespace keeps them apart for the linker.
inline namespace planning {

struct Node {
  Operation operation;
  std::vector<std::size_t> after;  // indices of nodes that must have succeeded
  Cause cause;
  std::vector<std::size_t> takes_over{};  // of a start: the stops of the containers whose resources or names it has now
};

}  // namespace planning

struct Plan {
  std::vector<Node> nodes;
  std::vector<std::string> warnings;
  std::vector<std::string> kept;  // names of the wanted containers that run already and stay as they are
  bool for_good = false;          // nothing of it is undone when something fails: all but up, start and restart
  std::size_t pulls = 0;  // how many nodes pull or build images: the first ones, which everything else waits for

  [[nodiscard]] bool empty() const { return nodes.empty(); }
  std::size_t add(Operation operation, std::vector<std::size_t> after, Cause cause);
};

// Why the operation changes what exists, where nobody asked for that in so many words: of a recreation, and of what an `up` stops or
// replaces. Empty for everything else.
std::string unasked_cause(const Plan& plan, const Node& node);
// How many containers the plan creates, recreates, starts, stops, removes and leaves alone: "1 created, 4 recreated, 3 unchanged". What it
// does not do is left out; empty when it does nothing.
std::string summary(const Plan& plan);
// What the brackets of print() mean; empty when no node waits for another.
std::string legend(const Plan& plan);
// The plan as it is shown: the texts of secrets and configs, which may be keys and passwords, are left out.
Plan without_texts(Plan plan);
// One line a node: "2 [0,1] start container shop-web-1 (service web: 0 of 3 replicas exist)".
std::string print(const Plan& plan);

}  // namespace stack::compose
