// Of changes that wait for the store, those that still matter. Pure.
#pragma once

#include <vector>

#include "engine/state/store.h"

namespace stack::state {

// The last change of each row, in the order in which these came, and the last kEventsKept events.
std::vector<Change> coalesced(std::vector<Change> changes);

}  // namespace stack::state
