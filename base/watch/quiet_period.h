// When what has changed is worth a look: once nothing has changed for a moment and nothing is being written, or after a bound. What an
// editor does to save a file, or a version control system to change a tree, so becomes one batch. Pure.
//
//   event            state      next
//   note()           idle       waiting, due after kQuiet
//   note()           waiting    due kQuiet later, or, while a file is being written, at the bound; never later than kLongest from the first
//   taken()          any        idle
#pragma once

#include <optional>

#include "base/clock.h"

namespace stack::watch {

class QuietPeriod {
 public:
  static constexpr Nanos kQuiet = std::chrono::milliseconds{5};
  static constexpr Nanos kLongest = std::chrono::milliseconds{100};

  // Something has changed; `writing`: a file is open that has been written to.
  void note(Mono now, bool writing);
  void taken() { first_.reset(); }
  // How long to wait yet, zero when it is time; nothing while nothing has changed.
  [[nodiscard]] std::optional<Nanos> left(Mono now) const;

 private:
  std::optional<Mono> first_;
  Mono due_{};
};

}  // namespace stack::watch
