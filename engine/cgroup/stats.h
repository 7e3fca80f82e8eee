// What a control group has used: numbers from the texts of its files. The parsers are pure and take hostile text (a
// missing or malformed line leaves a figure at zero); read_stats opens the files, some ten small reads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/model/resource_usage.h"
#include "engine/cgroup/layout.h"

namespace stack::cgroup {

using Stats = model::ResourceUsage;

// The value of `key` in text of lines "key value".
std::optional<std::uint64_t> flat_value(std::string_view text, std::string_view key);
// A file that holds one number, "max" or version 1's huge values give 0 (no limit).
std::uint64_t single_value(std::string_view text);
// All lines "key value" of a text; lines of another shape are left out.
std::map<std::string, std::uint64_t> flat_values(std::string_view text);
// "1 2 3"
std::vector<std::uint64_t> number_list(std::string_view text);
// The lines of a version 1 file of devices, "8:0 Read 1"; the sum at its end, which has no device, is left out.
std::vector<model::BlockFigure> block_figures(std::string_view text);
// Adds the lines of io.stat ("8:0 rbytes=1 wbytes=2 rios=3 wios=4 ...") up, and keeps them by device.
void add_io_stat(std::string_view text, Stats& stats);
// The sums of what was read and written, whichever the device.
void add_blkio(const std::vector<model::BlockFigure>& figures, std::uint64_t& read, std::uint64_t& written);

// Nothing when the group does not exist (any more). `path` as in Layout::folders.
std::optional<Stats> read_stats(const Layout& layout, std::string_view path);
// Processes (thread group ids, as this pid namespace sees them), at most 65536 of them.
std::vector<std::int32_t> processes(const Layout& layout, std::string_view path);

}  // namespace stack::cgroup
