// An image's configuration blob (OCI image-spec 1.1 "config.md") and the store's table of references, as JSON text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/model/image_config.h"

namespace stack::image {

// The blob whose digest is the image's id. `image.id`, `references` and `size_bytes` are not part of it.
std::string write_config_blob(const model::Image& image);
// Throws stack::Error(invalid) for what is not a configuration.
model::Image read_config_blob(std::string_view text);

// One step of how an image was made (OCI image-spec "config.md", history).
struct HistoryStep {
  Wall created{};
  std::string created_by, comment, author;
  bool empty_layer = false;
};
std::vector<HistoryStep> read_history(std::string_view config_blob);

// RFC 3339 with nanoseconds, in UTC; reading gives the epoch for what is none.
std::string rfc3339(Wall time);
Wall parse_rfc3339(const std::string& text);

}  // namespace stack::image
