// Images by digest, for `stack config --resolve-image-digests` and `--lock-image-digests`. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/model/image_config.h"
#include "compose/model/project.h"
#include "compose/source/diagnostic.h"
#include "engine/api/backend.h"

namespace stack::cli {

// "docker.io/library/busybox:1.36@sha256:...", by what a registry said when one of `images` was pulled. An image that
// has a digest already keeps it, and loses its tag. Nothing when none of `images` tells.
std::optional<std::string> with_digest(const std::string& image, const std::vector<model::Image>& images);

// The images of the project's services that with_digest knows nothing of: registries have to be asked. Each once, sorted.
std::vector<std::string> without_digest(const compose::Project& project, const std::vector<model::Image>& images);

// Puts the digests in; `answers` are those of registries. What has none is a mistake with the place of the image.
compose::Diagnostics resolve_digests(compose::Project& project, const std::vector<model::Image>& images,
                                     const api::ImageDigests& answers);

// Only the services and their images: an override file.
std::string lock_file(const compose::Project& project, bool json);

}  // namespace stack::cli
