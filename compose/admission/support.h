// What a project asks for and this engine does not have, and the values that it refuses (admission.h): found before
// anything is changed, all at once, each with its place.
//
// The loader accepts the whole specification; this list is what stands between that and a key that would do nothing. Pure.
#pragma once

#include <string>
#include <vector>

#include "compose/admission/admission.h"
#include "compose/model/project.h"

namespace stack::compose {

struct Unsupported {
  std::string path;  // "services.web.gpus"
  SourcePlace place;
  std::string message;  // what it is and what to do
  bool fatal = true;    // false: it has no effect here, as with Docker Compose, and the project runs all the same
};

// Of the services that are to run. Ordered by path. Before a client has played its part, providers and the like are no mistake.
std::vector<Unsupported> find_unsupported(const Project& project, const Machine& machine = {},
                                          bool before_client = false);

}  // namespace stack::compose
