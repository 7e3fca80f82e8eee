// A file that takes up room, so that there is some to be had when the disk is full: enough to note what is being removed.
// Blocks on the disk.
#pragma once

#include <cstddef>
#include <filesystem>

namespace stack {

class Ballast {
 public:
  // `file` is made with `bytes` of the disk when there is room; no room is no failure.
  Ballast(std::filesystem::path file, std::size_t bytes);
  // Gives the room back. False when it was given already.
  bool drop() noexcept;
  // Takes it again once much more than that is free.
  void restore() noexcept;

 private:
  void take() noexcept;

  const std::filesystem::path file_;
  const std::size_t bytes_;
  bool taken_ = false;
};

}  // namespace stack
