// What an engine would refuse of a project that loads: values that only an engine understands.
//
// `docker compose config` prints such values, and Docker's engine refuses them one after the other, when networks and volumes
// have been made already. Here they are all found before anything is made, each with its place: by `lint`, by the client's
// other readers of a project, and by the engine itself, which trusts no client. What is refused is what Docker 28 refuses, and
// what would otherwise be dropped in silence. Pure, but for this_machine().
//
// A subject is a file: restart_values.cc, port_values.cc and so on.
#pragma once

#include <vector>

#include "base/processor_list.h"
#include "compose/admission/objection.h"
#include "compose/model/project.h"

namespace stack::compose {

// What the values are held against. Unknown facts refuse nothing.
struct Machine {
  int processors = 0;    // how many are at work; 0: unknown
  ProcessorList online;  // which; their numbers may have holes; empty: unknown
};

Machine this_machine();

// Of the active services and of what they use. Ordered by path.
std::vector<Objection> find_objections(const Project& project, const Machine& machine = {});

}  // namespace stack::compose
