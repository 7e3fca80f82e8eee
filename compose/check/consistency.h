// Whether a project means something: references that lead somewhere, attributes that do not contradict each other, a
// graph of dependencies without cycles (Compose: section "consistency" of each attribute). Pure.
#pragma once

#include "compose/model/project.h"
#include "compose/source/diagnostic.h"

namespace stack::compose {

struct ConsistencyOptions {
  // Something was taken out of the files because it was wrong: what is missing now may have been there.
  bool incomplete = false;
};

void check_consistency(const Project& project, const ConsistencyOptions& options, Diagnostics& diagnostics);

}  // namespace stack::compose
