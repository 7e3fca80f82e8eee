// The list of images. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/model/image_config.h"

namespace stack::cli {

std::string images_table(const std::vector<model::Image>& images, Wall now, bool no_trunc);
// One object a line: Repository, Tag, ID, CreatedAt, CreatedSince, Size.
std::string images_json(const std::vector<model::Image>& images, Wall now, bool no_trunc);

}  // namespace stack::cli
