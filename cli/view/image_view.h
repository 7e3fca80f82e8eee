// Lists of images, and what is said about one. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/model/image_config.h"
#include "engine/api/backend.h"

namespace stack::cli {

std::string images_table(const std::vector<model::Image>& images, Wall now, bool no_trunc, bool digests = false);
// One object a line: Repository, Tag, Digest, ID, CreatedAt, CreatedSince, Size, VirtualSize, and what nobody counts as N/A.
std::string images_json(const std::vector<model::Image>& images, Wall now, bool no_trunc);

// As `docker image inspect` prints them: one JSON list.
std::string image_inspect_json(const std::vector<api::ImageDetails>& images);
// The same list in one line; and a line for each, with empty lists instead of null, for templates.
std::string image_inspect_line(const std::vector<api::ImageDetails>& images);
std::string image_inspect_rows(const std::vector<api::ImageDetails>& images);

// `human`: sizes and ages in words, and not in bytes and points in time.
struct HistoryForm {
  Wall now;
  bool no_trunc = false, human = true;
};
std::string history_table(const api::ImageDetails& image, const HistoryForm& form);
std::string history_json(const api::ImageDetails& image, const HistoryForm& form);
// The heads of columns, by field of images_json and history_json, for --format 'table ...'.
const std::map<std::string, std::string>& image_titles();
std::string history_ids(const api::ImageDetails& image, bool no_trunc);

// Which of the image's names is told of the container: the one that it was made by while the image has it, else the first; empty
// without any.
std::string name_of(const model::Container& container, const model::Image& image);
// One line a container: what it was made of. `images` by id.
std::string project_images_table(const std::vector<model::Container>& containers,
                                 const std::map<std::string, model::Image>& images, Wall now);
std::string project_images_json(const std::vector<model::Container>& containers,
                                const std::map<std::string, model::Image>& images);

}  // namespace stack::cli
