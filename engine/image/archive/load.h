// Archives of images become images: what `docker save`, `podman save` and `skopeo` write (an OCI layout, or Docker's manifest.json;
// plain or compressed), from a stream that is read once.
//
// Blocks on the stream and the disk: for the pool.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "engine/image/image_store.h"
#include "engine/image/platform.h"

namespace stack::image {

struct Loaded {
  std::string id;
  std::vector<std::string> names;  // as given, "busybox:latest"; empty: only the id
};

// Of an image for several platforms that one is taken that serves `wanted` best. Throws stack::Error(invalid) for what is no such
// archive, for digests that do not fit, and beyond the limits; images before the bad one stay.
std::vector<Loaded> load_archive(Store& store, BorrowedFd archive, const Platform& wanted, const UnpackLimits& limits);

}  // namespace stack::image
