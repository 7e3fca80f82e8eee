// File systems that are mounted for volumes (driver options type, device, o): at the first use, and taken away when the last
// user has gone, as Docker's driver `local` does it.
//
// Any thread; mount(2) of a network's file system blocks for as long as its server does, so calls belong on the pool. A container that
// is being started has its own copy of the mount and does not mind when this one goes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/model/volume_spec.h"

namespace stack::volume {

class Mounts : public std::enable_shared_from_this<Mounts> {
 public:
  // One user's claim: while one lives, the volume is mounted. Its end unmounts, which blocks. May outlive who gave it.
  class Lease {
   public:
    Lease() = default;
    Lease(std::shared_ptr<Mounts> mounts, std::string name, std::string mountpoint)
        : mounts_(std::move(mounts)), name_(std::move(name)), mountpoint_(std::move(mountpoint)) {}
    Lease(Lease&& other) noexcept { swap(other); }
    Lease& operator=(Lease&& other) noexcept {
      Lease{std::move(other)}.swap(*this);
      return *this;
    }
    ~Lease();
    // The mount stays: the engine leaves, and the container runs on.
    void keep() noexcept { mounts_.reset(); }

   private:
    void swap(Lease& other) noexcept {
      mounts_.swap(other.mounts_);
      name_.swap(other.name_);
      mountpoint_.swap(other.mountpoint_);
    }
    std::shared_ptr<Mounts> mounts_;
    std::string name_, mountpoint_;
  };

  // Mounts the volume unless it is mounted. A volume without such options gives a lease of nothing. Throws what the kernel
  // or the options say.
  Lease take(const model::Volume& volume);
  // Unmounts it, unless somebody uses it: what an engine that was killed left, and before the volume is removed. True when it is not
  // mounted afterwards.
  bool unmount_unused(const model::Volume& volume) noexcept;

 private:
  void leave(const std::string& name, const std::string& mountpoint) noexcept;

  std::mutex mutex_;
  std::map<std::string, int> users_;
};

// Whether something is mounted at `path` itself. Asks no server.
bool is_mounted(const std::string& path) noexcept;
// Unmounts every volume below `folder`, used or not: before all of an engine is deleted, so that no file of a mounted file system is.
// Returns what could not be unmounted, one per line.
std::string unmount_all(const std::string& folder);

}  // namespace stack::volume
