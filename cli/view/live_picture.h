// The lines at the bottom of a terminal that are drawn again and again: each drawing takes the place of the one before. One at a time
// on a terminal.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "cli/view/easel.h"

namespace stack::cli {

class LivePicture {
 public:
  static constexpr Nanos kRedrawEvery = std::chrono::milliseconds{100};

  explicit LivePicture(Easel easel) : easel_(std::move(easel)) {}

  [[nodiscard]] const Easel& easel() const { return easel_; }
  // Whether something stands there, and whether it is time for the next drawing.
  [[nodiscard]] bool drawn() const { return !widths_.empty(); }
  [[nodiscard]] bool due() const { return !drawn() || easel_.now() - drawn_at_ >= kRedrawEvery; }
  // The lines' sequences that colour take no room.
  void draw(const std::vector<std::string>& lines);
  void erase();
  // What stands there stays.
  void leave() { widths_.clear(); }

 private:
  // What takes away the lines that stand there, which are forgotten.
  std::string erasure();

  Easel easel_;
  std::vector<std::size_t> widths_;  // of the lines that stand there
  Mono drawn_at_{};
};

}  // namespace stack::cli
