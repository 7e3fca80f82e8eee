// The configuration of an image that is made of a container. Pure.
#pragma once

#include "base/model/container_state.h"
#include "base/model/image_config.h"

namespace stack::service {

// What the container runs with, as its image's configuration and its own say together.
model::ImageConfig config_of(const model::Container& container, const model::ImageConfig& image);

// What `config` leaves out is as in `container`: single values, an entrypoint with its command, and in lists and maps the names that it
// does not have. As dockerd merges them.
model::ImageConfig merged_config(model::ImageConfig config, const model::ImageConfig& container);

}  // namespace stack::service
