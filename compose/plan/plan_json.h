// A plan as JSON text: what --dry-run prints for programs and what a project's revisions keep of it. Lossless; members at their default
// are left out, enums are words. Pure.
#pragma once

#include <string>
#include <string_view>

#include "compose/plan/plan.h"

namespace stack::compose {

// {"nodes":[{"operation":{"kind":"create_network",...},"cause":{"kind":"missing"},"after":[...]}],...}
std::string plan_json(const Plan& plan);
// Throws stack::Error(invalid) for text that is no plan: another shape, an unknown word, a node that depends on itself or a later one.
Plan parse_plan(std::string_view text);

// {"kind":"configuration_changed","changes":[...]}
std::string cause_json(const Cause& cause);
Cause parse_cause(std::string_view text);

}  // namespace stack::compose
