// What containers use, in the words of Docker's Engine API, 1.51. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/api/stats_backend.h"

namespace stack::api {

// As GET /containers/{id}/stats has it, the newline included. `before` is the sample before it; null at the first.
std::string container_stats_line(const ContainerSample& now, const ContainerSample* before);

// What `stack stats` makes its columns of.
struct ContainerFigures {
  std::string id, name;
  bool runs = false;                                       // else the rest is zero
  std::uint64_t cpu_ns = 0, machine_cpu_ns = 0;            // since it started, since the machine did
  std::uint64_t cpu_before_ns = 0, machine_before_ns = 0;  // of the sample before
  std::uint64_t processors = 0;
  std::uint64_t memory_bytes = 0;  // without the page cache that goes first
  std::uint64_t memory_limit = 0;
  std::uint64_t received_bytes = 0, sent_bytes = 0, read_bytes = 0, written_bytes = 0;
  std::uint64_t pids = 0;
};
// Throws invalid.
ContainerFigures parse_container_stats(std::string_view text);

}  // namespace stack::api
