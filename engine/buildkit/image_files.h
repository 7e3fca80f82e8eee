// What becomes of images that clients built for their files: functions, so that a test needs no whole image service. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/backend.h"
#include "engine/api/byte_stream.h"

namespace stack::buildkit {

struct ImageFiles {
  // Writes the root file system of an image as a tar stream. Throws not_found before it calls `open`.
  std::function<void(const std::string& id, const std::function<std::shared_ptr<api::ByteStream>()>& open)>
      export_files;
  // Writes the image as an archive that loads under these names, whatever its names here are. Throws as well.
  std::function<void(const std::string& id, const std::vector<std::string>& names,
                     const std::function<std::shared_ptr<api::ByteStream>()>& open)>
      save_image;
  // The image goes, unless it has a name or is used.
  std::function<void(const std::string& id)> discard;
};

// `images` outlives it.
ImageFiles image_files(api::ImageBackend& images);

}  // namespace stack::buildkit
