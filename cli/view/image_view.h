// Lists of images, and what is said about one. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/api/backend.h"
#include "engine/model/image_config.h"

namespace stack::cli {

std::string images_table(const std::vector<model::Image>& images, Wall now, bool no_trunc, bool digests = false);
// One object a line: Repository, Tag, ID, CreatedAt, CreatedSince, Size.
std::string images_json(const std::vector<model::Image>& images, Wall now, bool no_trunc);

// As `docker image inspect` prints them: one JSON list.
std::string image_inspect_json(const std::vector<api::ImageDetails>& images);
std::string history_table(const api::ImageDetails& image, Wall now, bool no_trunc);
std::string history_json(const api::ImageDetails& image, Wall now);
std::string history_ids(const api::ImageDetails& image, bool no_trunc);

// One line a container: what it was made of. `images` by id.
std::string project_images_table(const std::vector<model::Container>& containers,
                                 const std::map<std::string, model::Image>& images, Wall now);
std::string project_images_json(const std::vector<model::Container>& containers,
                                const std::map<std::string, model::Image>& images);

}  // namespace stack::cli
