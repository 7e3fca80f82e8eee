// Where named volumes live: <root>/<name>/_data, made with the volume and removed with it.
//
// A volume of driver `local` with o: bind stands for a folder of the host, which stays when the volume goes; with type and device a
// file system is mounted at its folder while containers use it (mounts.h).
// Blocks on the disk only as far as mkdir and rename do; removal of the content belongs on the pool.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/model/volume_spec.h"
#include "engine/volume/mounts.h"

namespace stack::volume {

class Store {
 public:
  explicit Store(std::filesystem::path root);

  // Makes the folder, or accepts the one that is there. Throws invalid for a bad name and unsupported for a driver or options
  // that this engine does not have.
  model::Volume create(const model::VolumeSpec& spec, Wall now) const;
  // Moves the folder aside at once, so that the name is free; remove_aside() then deletes the content. Returns where it is now,
  // an empty path when there was nothing.
  // A volume that an older engine made gets the place that create() gives it now. Throws when the place cannot be made.
  void settle(model::Volume& volume) const;
  [[nodiscard]] std::filesystem::path set_aside(const model::Volume& volume, std::string_view unique) const;
  static void remove_aside(const std::filesystem::path& aside);
  // Deletes what an engine that was killed had set aside. Blocks: for the pool.
  void sweep() const;
  [[nodiscard]] const std::shared_ptr<Mounts>& mounts() const { return mounts_; }

 private:
  std::filesystem::path root_;
  std::shared_ptr<Mounts> mounts_ = std::make_shared<Mounts>();
};

}  // namespace stack::volume
