// Images become an archive that Docker, podman and skopeo load: an OCI layout with Docker's manifest.json beside it, blobs as they
// are in the store.
//
// Blocks on the descriptor: for the pool.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "engine/image/image_store.h"

namespace stack::image {

struct Saved {
  model::Image image;
  std::vector<model::Reference> names;  // under which it goes; empty: only its id
};

// What `names` (references or ids; a repository without a tag means all its tags) stand for, each image once. Throws not_found.
std::vector<Saved> select_images(const Store& store, const std::vector<std::string>& names);
void save_archive(const Store& store, const std::vector<Saved>& images, BorrowedFd to);

}  // namespace stack::image
