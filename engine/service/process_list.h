// What /proc says of processes, in the words of ps -ef. Pure but for processes_of(), which reads; what ends meanwhile is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/api/process_table.h"

namespace stack::service {

// Of /proc/PID/stat.
struct ProcessStat {
  std::string name;
  std::int32_t parent = 0;
  std::int32_t terminal = 0;                     // device number, 0: none
  std::uint64_t cpu_ticks = 0, start_ticks = 0;  // used; since the machine started
};
// Nothing for text of another shape. The name may hold blanks and brackets.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// "00:01:02"
std::string cpu_time_text(std::uint64_t ticks, std::int64_t ticks_per_second);
// "pts/3", "tty1", "?"
std::string terminal_text(std::int32_t device);
// "10:35" of today, "Nov21" of this year, else "2024"; in the time of this place.
std::string start_time_text(Wall started, Wall now);

api::ProcessTable processes_of(const std::vector<std::int32_t>& pids, Wall now);

}  // namespace stack::service
