// Keys of ours below x-stack that services have, out of their extensions. Pure.
#pragma once

#include <string>

#include "compose/model/service.h"

namespace stack::compose {

// x-stack.socket: "read-only" or "project"; empty when it is not given.
std::string socket_scope(const Service& service);

}  // namespace stack::compose
