// A stack of layers, mounted for as long as somebody holds it and in nobody's mount namespace: an engine that is killed leaves no mount.
//
// Blocks for some system calls; any thread. What is written lands in `upper`, which is ready to become a layer: no redirects, no copies of
// metadata alone, no index.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace stack::build {

class LayerMount {
 public:
  // `layers`: absolute folders, the topmost first; may be empty. `scratch` is an empty folder of the caller's, on the layers' file system,
  // that the mount needs while it lives.
  static LayerMount read_only(const std::vector<std::string>& layers, const std::filesystem::path& scratch);
  // Makes `scratch`/upper and `scratch`/work.
  static LayerMount writable(const std::vector<std::string>& layers, const std::filesystem::path& scratch);

  [[nodiscard]] BorrowedFd root() const { return root_; }
  // Gives up the mount: it lives as long as the descriptor.
  UniqueFd release() { return std::move(root_); }

 private:
  explicit LayerMount(UniqueFd root) : root_(std::move(root)) {}
  UniqueFd root_;
};

}  // namespace stack::build
