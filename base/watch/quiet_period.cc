#include "base/watch/quiet_period.h"

#include <algorithm>

namespace stack::watch {

void QuietPeriod::note(Mono now, bool writing) {
  if (!first_) first_ = now;
  const Mono bound = *first_ + kLongest;
  due_ = writing ? bound : std::min(now + kQuiet, bound);
}

std::optional<Nanos> QuietPeriod::left(Mono now) const {
  if (!first_) return std::nullopt;
  return std::max(Nanos{due_ - now}, Nanos{0});
}

}  // namespace stack::watch
