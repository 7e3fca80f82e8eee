// Of changes that wait for the store, those that still matter. Pure.
#pragma once

#include <vector>

#include "engine/state/state_store.h"

namespace stack::state {

// Leaves the last change of each row, in the order in which these came, and the last kEventsKept events. Nothing is changed when it
// throws, for want of memory.
void coalesce(std::vector<Change>& changes);

}  // namespace stack::state
