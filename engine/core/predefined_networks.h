// The networks that every engine has and that have no record: "host" and "none". Pure.
#pragma once

#include <string>

#include "base/model/network_spec.h"

namespace stack::core {

bool is_predefined_network(const std::string& name);  // "bridge" as well, which has a record
// `name` is "host" or "none". Its id is the same in every engine.
model::Network predefined_network(const std::string& name);

}  // namespace stack::core
