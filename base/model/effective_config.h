// What a container runs with: its image's configuration below its own. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/model/container_state.h"
#include "base/model/image_config.h"

namespace stack::model {

// The container's own variables in the order that they are passed on; without a value: the image's is taken away.
std::vector<std::pair<std::string, std::optional<std::string>>> ordered_environment(const ContainerSpec& spec);

// As the image's configuration and the container's own say together. What an image says for builds alone is left out.
ImageConfig config_of(const Container& container, const ImageConfig& image);

// The check that counts: an image's test with the container's timing, or the container's own. Zero and less mean "not said", as in the
// Docker API. Nothing to do: an empty test.
Healthcheck merged_healthcheck(const std::optional<Healthcheck>& container, const std::optional<Healthcheck>& image);

// What `config` leaves out is as in `container`: single values, an entrypoint with its command, and in lists and maps the names that it
// does not have. As dockerd merges them.
ImageConfig merged_config(ImageConfig config, const ImageConfig& container);

}  // namespace stack::model
