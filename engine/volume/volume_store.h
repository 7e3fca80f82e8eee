// Where named volumes live: <root>/<name>/_data, made with the volume and removed with it.
//
// A volume of driver `local` with o: bind stands for a folder of the host, which stays when the volume goes; with type and device a
// file system is mounted at its folder while containers use it (mounts.h).
// set_aside() and settle() change folders of the engine's own root and look at no mounted file system, so they may run on the loop.
// All else can wait for a disk or a server and belongs on a pool.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/model/volume_spec.h"

namespace stack::volume {

class Store {
 public:
  explicit Store(std::filesystem::path root);

  // Makes the folder, or accepts the one that is there. Throws invalid for a bad name and unsupported for a driver or options
  // that this engine does not have. Without driver options it asks only the disk of the engine's root, else it is for a pool.
  model::Volume create(const model::VolumeSpec& spec, Wall now) const;
  // A volume that an older engine made gets the place that create() gives it now. Throws when the place cannot be made.
  void settle(model::Volume& volume) const;
  // Moves the folder aside at once, together with what is mounted in it, so that the name is free; remove_aside() then deletes the
  // content. Returns where it is now, an empty path when there was nothing.
  [[nodiscard]] std::filesystem::path set_aside(const model::Volume& volume, std::string_view unique) const;
  // Unmounts what is mounted there and deletes the rest. Throws what fails; of a file system that stays mounted nothing is deleted.
  static void remove_aside(const std::filesystem::path& aside);
  // Deletes what an engine that was killed had set aside.
  void sweep() const;

 private:
  std::filesystem::path root_;
};

}  // namespace stack::volume
