// Images by digest, for `stack config --resolve-image-digests` and `--lock-image-digests`. Pure.
#pragma once

#include <string>
#include <vector>

#include "compose/model/project.h"
#include "engine/model/image_config.h"

namespace stack::cli {

// "docker.io/library/busybox:1.36@sha256:...", by what a registry said when one of `images` was pulled. An image that
// has a digest already keeps it, and loses its tag. Throws stack::Error(not_found) when none of `images` tells.
std::string with_digest(const std::string& image, const std::vector<model::Image>& images);

void resolve_digests(compose::Project& project, const std::vector<model::Image>& images);

// Only the services and their images: an override file.
std::string lock_file(const compose::Project& project, bool json);

}  // namespace stack::cli
