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

// "8:0"
std::optional<model::BlockFigure> device_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto major = number(text.substr(0, colon)), minor = number(text.substr(colon + 1));
  if (!major || !minor) return std::nullopt;
  return model::BlockFigure{.major = *major, .minor = *minor, .operation = {}, .value = 0};
}

std::uint64_t figure_of(const Stats& stats, const char* name) {
  const auto found = stats.memory_figures.find(name);
  return found == stats.memory_figures.end() ? 0 : found->second;
}

Stats read_v2(const std::string& folder) {
  Stats stats{.version_2 = true};
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
  stats.memory_figures = flat_values(slurp(folder + "/memory.stat"));
  stats.memory_file_inactive = figure_of(stats, "inactive_file");
  stats.memory_anon = figure_of(stats, "anon");
  stats.memory_file = figure_of(stats, "file");
  const std::string events = slurp(folder + "/memory.events");
  stats.memory_refusals = flat_value(events, "max").value_or(0);
  stats.oom_kills = flat_value(events, "oom_kill").value_or(0);
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
  stats.cpu_by_processor_ns = number_list(file("cpuacct", "cpuacct.usage_percpu"));
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
  stats.memory_refusals = single_value(file("memory", "memory.failcnt"));
  stats.memory_figures = flat_values(file("memory", "memory.stat"));
  stats.memory_file_inactive = figure_of(stats, "total_inactive_file");
  stats.memory_anon = figure_of(stats, "total_rss");
  stats.memory_file = figure_of(stats, "total_cache");
  stats.oom_kills = flat_value(file("memory", "memory.oom_control"), "oom_kill").value_or(0);
  stats.pids = single_value(file("pids", "pids.current"));
  stats.pids_max = single_value(file("pids", "pids.max"));
  stats.io_bytes = block_figures(file("blkio", "blkio.throttle.io_service_bytes"));
  stats.io_operations = block_figures(file("blkio", "blkio.throttle.io_serviced"));
  add_blkio(stats.io_bytes, stats.read_bytes, stats.written_bytes);
  add_blkio(stats.io_operations, stats.reads, stats.writes);
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

std::map<std::string, std::uint64_t> flat_values(std::string_view text) {
  std::map<std::string, std::uint64_t> values;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view key = next_word(line);
    if (const auto value = number(next_word(line))) values.emplace(key, *value);
  }
  return values;
}

std::vector<std::uint64_t> number_list(std::string_view text) {
  std::string_view line = next_line(text);
  std::vector<std::uint64_t> numbers;
  for (auto value = number(next_word(line)); value; value = number(next_word(line))) numbers.push_back(*value);
  return numbers;
}

std::vector<model::BlockFigure> block_figures(std::string_view text) {
  std::vector<model::BlockFigure> figures;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    auto figure = device_of(next_word(line));
    if (!figure) continue;
    figure->operation = next_word(line);
    figure->value = number(next_word(line)).value_or(0);
    figures.push_back(std::move(*figure));
  }
  return figures;
}

std::uint64_t single_value(std::string_view text) {
  const std::uint64_t value = number(next_line(text)).value_or(0);
  return value >= kNoLimit ? 0 : value;
}

void add_io_stat(std::string_view text, Stats& stats) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const auto device = device_of(next_word(line));
    for (std::string_view word = next_word(line); device && !word.empty(); word = next_word(line)) {
      const std::size_t at = word.find('=');
      if (at == std::string_view::npos) continue;
      const std::string_view key = word.substr(0, at);
      const std::uint64_t value = number(word.substr(at + 1)).value_or(0);
      const auto note = [&](std::vector<model::BlockFigure>& figures, const char* operation, std::uint64_t& sum) {
        figures.push_back({.major = device->major, .minor = device->minor, .operation = operation, .value = value});
        sum += value;
      };
      if (key == "rbytes") note(stats.io_bytes, "read", stats.read_bytes);
      if (key == "wbytes") note(stats.io_bytes, "write", stats.written_bytes);
      if (key == "rios") note(stats.io_operations, "read", stats.reads);
      if (key == "wios") note(stats.io_operations, "write", stats.writes);
    }
  }
}

void add_blkio(const std::vector<model::BlockFigure>& figures, std::uint64_t& read, std::uint64_t& written) {
  for (const model::BlockFigure& figure : figures) {
    if (figure.operation == "Read") read += figure.value;
    if (figure.operation == "Write") written += figure.value;
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
