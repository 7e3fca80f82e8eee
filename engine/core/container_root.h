// A container's files as its processes see them, for the engine: volumes, bind mounts and what the container itself has mounted
// included.
//
// Of one that runs, this is the root of its mount namespace, whatever its processes have made their own root. Of one that does not,
// its layers and mounts are put together in a mount namespace of their own, which ends with this value; an engine that is killed leaves
// nothing. A thread enters the namespace only to open its root: no program, library or name of the container's has a part in it.
//
// Whoever resolves a path below root() does so with openat2(2) in that root, so that links and renames of a hostile container lead nowhere
// else. Blocks for some system calls: for the pool.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace stack::core {

class ContainerRoot {
 public:
  struct Bind {
    std::string source, subpath, target;  // a folder or file of the host; what of it; where
    bool read_only = false;
    bool create = false;  // the source is made as a folder when it is missing; else it is left out then
    // Of an image, the topmost first: its tree is the source, which is empty then.
    std::vector<std::string> image_layers{};
  };
  struct Parts {
    std::vector<std::string> layers;  // absolute folders, the topmost first
    std::filesystem::path folder;     // has upper, work and rootfs, or gets them
    std::vector<Bind> binds;
    bool read_only = false;
    std::uint32_t project = 0;        // of storage_bytes
    std::uint64_t storage_bytes = 0;  // that `upper` may take (storage_opt); 0: as many as there are
  };

  // `pid`: its first process. Throws conflict when that is not a process of the container `id` any more.
  static ContainerRoot of_process(std::int32_t pid, const std::string& id);
  static ContainerRoot of_parts(const Parts& parts);

  // Does `work` on a thread that is in the mount namespace of that process, with its root for its own.
  static void visit(std::int32_t pid, const std::string& id, const std::function<void()>& work);

  [[nodiscard]] BorrowedFd root() const { return root_; }

 private:
  ContainerRoot(UniqueFd root, UniqueFd mounts) : root_(std::move(root)), mounts_(std::move(mounts)) {}
  UniqueFd root_;
  UniqueFd mounts_;  // the namespace that has them
};

}  // namespace stack::core
