// Names for containers that nobody has named: an adjective and a bird, "quiet_heron", as people who read them aloud can tell apart. Pure.
#pragma once

#include <functional>
#include <string>

#include "base/ids.h"

namespace stack::core {

// One that is not `taken`; with a number behind it once that is hard to find.
std::string given_name(const RandomSource& random, const std::function<bool(const std::string&)>& taken);

}  // namespace stack::core
