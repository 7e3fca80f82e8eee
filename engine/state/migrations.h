// The schema of state.db, step by step: step N brings a file of version N (PRAGMA user_version) to N + 1.
#pragma once

#include <string_view>
#include <vector>

namespace stack::state {

// Applied in order, each in a transaction of its own. Steps are never edited once released; new ones go to the end.
const std::vector<std::string_view>& migrations();

}  // namespace stack::state
