// A service's healthcheck as the file has it. Unset members are the image's, or the engine's defaults.
#pragma once

#include "compose/model/values.h"

namespace stack::compose {

struct Healthcheck {
  Strings test;  // {"NONE"}, {"CMD", argv...}, {"CMD-SHELL", text}; empty: the image's
  std::optional<Nanos> timeout, interval;
  std::optional<std::int64_t> retries;
  std::optional<Nanos> start_period, start_interval;
  bool disable = false;
  Extensions extensions;
  bool operator==(const Healthcheck&) const = default;
};

}  // namespace stack::compose
