// The instructions of `image import --change`: one line of a Dockerfile applied to an image's configuration.
//
// CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, STOPSIGNAL, USER, VOLUME and WORKDIR (Dockerfile reference); pure.
#pragma once

#include <string_view>

#include "base/model/image_config.h"

namespace stack::image {

// Throws stack::Error(invalid) that quotes the instruction and says what is wrong with it.
void apply_change(model::ImageConfig& config, std::string_view instruction);

}  // namespace stack::image
