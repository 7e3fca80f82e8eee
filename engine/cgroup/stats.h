// What a control group has used: numbers from the texts of its files. The parsers are pure and take hostile text (a
// missing or malformed line leaves a figure at zero); read_stats opens the files, some ten small reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/cgroup/layout.h"

namespace stack::cgroup {

struct Stats {
  std::uint64_t cpu_usage_ns = 0, cpu_user_ns = 0, cpu_system_ns = 0;
  std::uint64_t throttled_periods = 0, periods = 0, throttled_ns = 0;
  std::uint64_t memory_bytes = 0;          // as the kernel counts it, page cache included
  std::uint64_t memory_file_inactive = 0;  // page cache that goes first; `docker stats` shows memory_bytes less this
  std::uint64_t memory_anon = 0, memory_file = 0;
  std::uint64_t memory_max = 0;  // 0: no limit
  std::uint64_t memory_peak = 0;
  std::uint64_t oom_kills = 0;
  std::uint64_t pids = 0, pids_max = 0;  // 0: no limit
  std::uint64_t read_bytes = 0, written_bytes = 0, reads = 0, writes = 0;
};

// The value of `key` in text of lines "key value".
std::optional<std::uint64_t> flat_value(std::string_view text, std::string_view key);
// A file that holds one number, "max" or version 1's huge values give 0 (no limit).
std::uint64_t single_value(std::string_view text);
// Adds the lines of io.stat ("8:0 rbytes=1 wbytes=2 rios=3 wios=4 ...") up.
void add_io_stat(std::string_view text, Stats& stats);
// Adds the lines of blkio.throttle.io_service_bytes / io_serviced ("8:0 Read 1").
void add_blkio(std::string_view text, std::uint64_t& read, std::uint64_t& written);

// Nothing when the group does not exist (any more). `path` as in Layout::folders.
std::optional<Stats> read_stats(const Layout& layout, std::string_view path);
// Processes (thread group ids, as this pid namespace sees them), at most 65536 of them.
std::vector<std::int32_t> processes(const Layout& layout, std::string_view path);

}  // namespace stack::cgroup
