// What becomes of an operation that is cancelled: the engine ends the steps that it has begun, and begins no other. Pure.
#pragma once

#include <string>

#include "cli/view/progress.h"

namespace stack::cli {

// "cancelled; shop-db-1 is still being stopped; the rest stays as it is". `undoes`: the operation takes back what came to nothing.
std::string cancelled_text(const Progress& progress, bool undoes);

}  // namespace stack::cli
