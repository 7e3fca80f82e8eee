// How long something lasts or is ago, in the words of Docker's tools: "3 minutes", "About an hour", "Less than a second". Pure.
#pragma once

#include <string>

#include "base/clock.h"

namespace stack {

std::string human_duration(Nanos duration);

}  // namespace stack
