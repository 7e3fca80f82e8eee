// Containers by what clients of the API call them. Loop thread.
#pragma once

#include <memory>
#include <string>

#include "engine/core/engine.h"

namespace stack::service {

// By name (a slash may stand in front), id, or the unique beginning of an id. Throws not_found "No such container: x", invalid.
std::shared_ptr<core::ManagedContainer> container_named(core::Engine& engine, std::string name);

}  // namespace stack::service
