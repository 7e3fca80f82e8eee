// An image as others take it: its configuration, a manifest, and the blobs of its layers, all of which the store has.
#pragma once

#include <string>

#include "engine/image/image_store.h"
#include "engine/image/manifest.h"

namespace stack::image {

struct Portable {
  std::string config_text, manifest_text, manifest_digest;
  Manifest manifest;
};

// A manifest of the layers as the store has them. `config` is the configuration's text.
Manifest make_manifest(const Store& store, const std::string& config, const std::vector<std::string>& diff_ids);

// The manifest that it came with, or a new one of the same image when some of that one's blobs are not here (the layer was here
// already, compressed otherwise). Reads small blobs: cheap, but for the pool. Throws not_found, internal when something is damaged.
Portable portable(const Store& store, const model::Image& image);

}  // namespace stack::image
