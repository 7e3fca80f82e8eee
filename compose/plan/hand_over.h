// Who has to give something up before another can have it, over a whole plan, whichever services the two belong to. Pure.
//
//   start     comes after the stop of every container that holds a resource which it wants (resource.h). Where depends_on says the
//             opposite, the resource wins: the stop waits for that dependency no longer, the starts keep their order
//   create    whose name a container has that goes: that one is put aside first, which takes its name from it and nothing else
//   start     that leaves its address to chance comes after the creates of those that want a certain one on its network
//   network   is made after the removal of every network whose addresses overlap; when one of the containers on a network that is
//             recreated has a fixed address, they run on the new one together or not at all
//   removal   comes when everything that takes over from the container runs; of a container without a successor, when
//             everything runs. Until then it can be started again
#pragma once

#include "compose/plan/observed.h"
#include "compose/plan/plan.h"

namespace stack::compose {

// Adds the edges and operations, notes in Node::takes_over who takes over from whom, and keeps the nodes in topological order.
void hand_over(Plan& plan, const Observed& observed);

}  // namespace stack::compose
