// The images of one engine on disk: configuration blobs by digest, layers unpacked once, references to them.
//
//   <root>/blobs/sha256/<hex>      immutable; written to a temporary name, synced, renamed
//   <root>/layers/<hex>/           a layer's folder, named for its chain id (OCI image-spec "layer chain id"); likewise
//   <root>/references.json         canonical reference to image id; replaced as a whole
//
// What was made halfway is under <root>/incoming and removed by the next open. find() and list() answer from memory and may be
// called on the daemon's loop; everything that writes blocks on the disk and belongs on the pool. Thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/ids.h"
#include "engine/base/unique_fd.h"
#include "engine/image/unpack.h"
#include "engine/model/image_config.h"

namespace stack::image {

struct ImportRequest {
  std::string reference;             // may be empty: an image without a name
  std::vector<std::string> changes;  // see change.h
  std::string message;
  std::string architecture, os;  // empty: those of this machine
};

class Store {
 public:
  // Makes the folders; throws when they cannot be made or the tables are damaged.
  Store(std::filesystem::path root, const Clock& clock, RandomSource random);

  // By reference, by id ("sha256:..."), or by an unambiguous prefix of the id's digits. Throws invalid for text that is none.
  [[nodiscard]] std::optional<model::Image> find(std::string_view name) const;
  // Ordered by creation, the newest first.
  [[nodiscard]] std::vector<model::Image> list() const;
  // The folders to stack for this image, the topmost first.
  [[nodiscard]] std::vector<std::string> layer_folders(const model::Image& image) const;

  // Reads a tar of a root file system from `archive` to its end and makes an image of one layer. Nothing is left behind when it
  // throws. Importing the same archive twice shares the layer.
  model::Image import(BorrowedFd archive, const ImportRequest& request, const UnpackLimits& limits);

 private:
  [[nodiscard]] std::filesystem::path layer_path(std::string_view chain_id) const;
  void load();

  const std::filesystem::path root_;
  const Clock& clock_;
  const RandomSource random_;
  mutable std::mutex mutex_;                       // guards the two below
  std::map<std::string, model::Image> images_;     // by id
  std::map<std::string, std::string> references_;  // canonical to id
};

// The ids of the stacks of layers up to each one, bottom first (OCI image-spec "layer chain id").
std::vector<std::string> chain_ids(const std::vector<std::string>& diff_ids);

}  // namespace stack::image
