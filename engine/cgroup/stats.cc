#include "engine/cgroup/stats.h"

#include <charconv>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"

namespace stack::cgroup {
namespace {

constexpr std::size_t kProcessesMax = 65'536;
constexpr std::uint64_t kUserHz = 100;
// Version 1 shows "no limit" as the largest multiple of the page size.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t at = text.find('\n');
  const std::string_view line = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return line;
}

std::string_view next_word(std::string_view& text) {
  const std::size_t from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) return text = {};
  text.remove_prefix(from);
  const std::size_t at = text.find(' ');
  const std::string_view word = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at);
  return word;
}

// A group may vanish between two reads: what cannot be read any more counts as empty.
std::string slurp(const std::string& path) {
  try {
    return read_file(path, std::size_t{1} << 20).value_or(std::string());
  } catch (const Error&) {
    return {};
  }
}

Stats read_v2(const std::string& folder) {
  Stats stats;
  const std::string cpu = slurp(folder + "/cpu.stat");
  const auto us = [&](std::string_view key) { return flat_value(cpu, key).value_or(0) * 1000; };
  stats.cpu_usage_ns = us("usage_usec");
  stats.cpu_user_ns = us("user_usec");
  stats.cpu_system_ns = us("system_usec");
  stats.throttled_ns = us("throttled_usec");
  stats.periods = flat_value(cpu, "nr_periods").value_or(0);
  stats.throttled_periods = flat_value(cpu, "nr_throttled").value_or(0);
  stats.memory_bytes = single_value(slurp(folder + "/memory.current"));
  stats.memory_max = single_value(slurp(folder + "/memory.max"));
  stats.memory_peak = single_value(slurp(folder + "/memory.peak"));
  const std::string memory = slurp(folder + "/memory.stat");
  stats.memory_file_inactive = flat_value(memory, "inactive_file").value_or(0);
  stats.memory_anon = flat_value(memory, "anon").value_or(0);
  stats.memory_file = flat_value(memory, "file").value_or(0);
  stats.oom_kills = flat_value(slurp(folder + "/memory.events"), "oom_kill").value_or(0);
  stats.pids = single_value(slurp(folder + "/pids.current"));
  stats.pids_max = single_value(slurp(folder + "/pids.max"));
  add_io_stat(slurp(folder + "/io.stat"), stats);
  return stats;
}

Stats read_v1(const Layout& layout, std::string_view path) {
  Stats stats;
  const auto file = [&](std::string_view controller, const char* name) {
    const std::string folder = layout.folder(controller, path);
    return folder.empty() ? std::string() : slurp(folder + "/" + name);
  };
  stats.cpu_usage_ns = single_value(file("cpuacct", "cpuacct.usage"));
  const std::string split = file("cpuacct", "cpuacct.stat");
  stats.cpu_user_ns = flat_value(split, "user").value_or(0) * (1'000'000'000 / kUserHz);
  stats.cpu_system_ns = flat_value(split, "system").value_or(0) * (1'000'000'000 / kUserHz);
  const std::string cpu = file("cpu", "cpu.stat");
  stats.periods = flat_value(cpu, "nr_periods").value_or(0);
  stats.throttled_periods = flat_value(cpu, "nr_throttled").value_or(0);
  stats.throttled_ns = flat_value(cpu, "throttled_time").value_or(0);
  stats.memory_bytes = single_value(file("memory", "memory.usage_in_bytes"));
  stats.memory_max = single_value(file("memory", "memory.limit_in_bytes"));
  stats.memory_peak = single_value(file("memory", "memory.max_usage_in_bytes"));
  const std::string memory = file("memory", "memory.stat");
  stats.memory_file_inactive = flat_value(memory, "total_inactive_file").value_or(0);
  stats.memory_anon = flat_value(memory, "total_rss").value_or(0);
  stats.memory_file = flat_value(memory, "total_cache").value_or(0);
  stats.oom_kills = flat_value(file("memory", "memory.oom_control"), "oom_kill").value_or(0);
  stats.pids = single_value(file("pids", "pids.current"));
  stats.pids_max = single_value(file("pids", "pids.max"));
  add_blkio(file("blkio", "blkio.throttle.io_service_bytes"), stats.read_bytes, stats.written_bytes);
  add_blkio(file("blkio", "blkio.throttle.io_serviced"), stats.reads, stats.writes);
  return stats;
}

}  // namespace

std::optional<std::uint64_t> flat_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (next_word(line) == key) return number(next_word(line));
  }
  return std::nullopt;
}

std::uint64_t single_value(std::string_view text) {
  const std::uint64_t value = number(next_line(text)).value_or(0);
  return value >= kNoLimit ? 0 : value;
}

void add_io_stat(std::string_view text, Stats& stats) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    next_word(line);
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      const std::size_t at = word.find('=');
      if (at == std::string_view::npos) continue;
      const std::string_view key = word.substr(0, at);
      const std::uint64_t value = number(word.substr(at + 1)).value_or(0);
      if (key == "rbytes") stats.read_bytes += value;
      if (key == "wbytes") stats.written_bytes += value;
      if (key == "rios") stats.reads += value;
      if (key == "wios") stats.writes += value;
    }
  }
}

void add_blkio(std::string_view text, std::uint64_t& read, std::uint64_t& written) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    next_word(line);
    const std::string_view kind = next_word(line);
    const std::uint64_t value = number(next_word(line)).value_or(0);
    if (kind == "Read") read += value;
    if (kind == "Write") written += value;
  }
}

std::optional<Stats> read_stats(const Layout& layout, std::string_view path) {
  const std::string probe = layout.folder("memory", path);
  const auto procs = read_file((probe.empty() ? layout.folders(path).front() : probe) + "/cgroup.procs");
  if (!procs) return std::nullopt;
  return layout.mode == Mode::v2 ? read_v2(probe) : read_v1(layout, path);
}

std::vector<std::int32_t> processes(const Layout& layout, std::string_view path) {
  std::string folder = layout.folder("pids", path);
  if (folder.empty()) folder = layout.folders(path).front();
  const std::string content = slurp(folder + "/cgroup.procs");
  std::string_view text = content;
  std::vector<std::int32_t> pids;
  while (!text.empty() && pids.size() < kProcessesMax) {
    if (const auto pid = number(next_line(text)); pid && *pid > 0 && *pid <= INT32_MAX) {
      pids.push_back(static_cast<std::int32_t>(*pid));
    }
  }
  return pids;
}

}  // namespace stack::cgroup
