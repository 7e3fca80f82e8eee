// Events that services tell by themselves: of images, and of what was pruned. Loop thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/model/container_spec.h"
#include "engine/core/context.h"

namespace stack::service {

// As Docker has them: the attributes are the image's labels and a name, which for most actions is the id once more.
struct ImageEvent {
  std::string action, id, name;
  model::Labels labels;
};
void tell_image(core::Context& context, ImageEvent event);

// After a prune of all that `type` ("container", "image", ...) names.
void tell_pruned(core::Context& context, const char* type, std::uint64_t freed_bytes);

}  // namespace stack::service
