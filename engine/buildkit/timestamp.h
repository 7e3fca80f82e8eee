// A moment as protobuf's well-known Timestamp has it. Pure.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "engine/buildkit/messages/parts.pb.h"

namespace stack::buildkit {

inline void set_time(wire::Timestamp* stamp, Wall time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t nanos = time.time_since_epoch().count();
  stamp->set_seconds(nanos / kSecond);
  stamp->set_nanos(static_cast<std::int32_t>(nanos % kSecond));
}

}  // namespace stack::buildkit
