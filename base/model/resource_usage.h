// What a control group has used, as the kernel counts it. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace stack::model {

// One figure of a block device: "Read", "Write", "Sync", "Total" of version 1, "read" and "write" of version 2.
struct BlockFigure {
  std::uint64_t major = 0, minor = 0;
  std::string operation;
  std::uint64_t value = 0;
  bool operator==(const BlockFigure&) const = default;
};

struct ResourceUsage {
  bool version_2 = false;  // of control groups: which figures there are, and how memory_figures calls its own
  std::uint64_t cpu_usage_ns = 0, cpu_user_ns = 0, cpu_system_ns = 0;
  std::vector<std::uint64_t> cpu_by_processor_ns;  // of version 1
  std::uint64_t throttled_periods = 0, periods = 0, throttled_ns = 0;
  std::uint64_t memory_bytes = 0;          // as the kernel counts it, page cache included
  std::uint64_t memory_file_inactive = 0;  // page cache that goes first; `docker stats` shows memory_bytes less this
  std::uint64_t memory_anon = 0, memory_file = 0;
  std::uint64_t memory_max = 0;  // 0: no limit
  std::uint64_t memory_peak = 0;
  std::uint64_t memory_refusals = 0;                    // how often the limit was hit
  std::map<std::string, std::uint64_t> memory_figures;  // all of memory.stat
  std::uint64_t oom_kills = 0;
  std::uint64_t pids = 0, pids_max = 0;  // 0: no limit
  std::uint64_t read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;
  std::vector<BlockFigure> io_bytes, io_operations;  // by device
};

}  // namespace stack::model
