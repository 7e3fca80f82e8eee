#include "engine/service/container_sample.h"

#include <array>
#include <charconv>

#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/cgroup/stats.h"

namespace stack::service {
namespace {

constexpr std::size_t kInterfaceColumns = 16;  // eight received, eight sent
constexpr std::size_t kProcessorColumns = 7;   // up to softirq, as Docker counts them: guests are among them
constexpr std::uint64_t kSecond = 1'000'000'000;

std::string_view next_line(std::string_view& text) {
  const std::size_t at = text.find('\n');
  const std::string_view line = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return line;
}

template <std::size_t N>
std::array<std::uint64_t, N> numbers_of(std::string_view text) {
  std::array<std::uint64_t, N> numbers{};
  for (std::uint64_t& number : numbers) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) break;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return numbers;
}

// What has ended meanwhile reads as nothing.
std::string slurp(const std::string& path) {
  try {
    return read_file(path).value_or(std::string{});
  } catch (const Error&) {
    return {};
  }
}

std::uint64_t memory_of_machine() {
  struct sysinfo memory {};
  ::sysinfo(&memory);
  return static_cast<std::uint64_t>(memory.totalram) * memory.mem_unit;
}

}  // namespace

std::map<std::string, api::NetworkCounters> parse_interfaces(std::string_view text) {
  std::map<std::string, api::NetworkCounters> interfaces;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view name = line.substr(0, colon);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    if (name == "lo" || name.empty()) continue;
    const auto n = numbers_of<kInterfaceColumns>(line.substr(colon + 1));
    interfaces[std::string{name}] = {.rx_bytes = n[0],
                                     .rx_packets = n[1],
                                     .rx_errors = n[2],
                                     .rx_dropped = n[3],
                                     .tx_bytes = n[8],
                                     .tx_packets = n[9],
                                     .tx_errors = n[10],
                                     .tx_dropped = n[11]};
  }
  return interfaces;
}

std::uint64_t parse_machine_cpu(std::string_view text, std::int64_t ticks_per_second) {
  std::string_view line = next_line(text);
  if (!line.starts_with("cpu ") || ticks_per_second <= 0) return 0;
  line.remove_prefix(std::string_view{"cpu "}.size());
  std::uint64_t ticks = 0;
  for (const std::uint64_t each : numbers_of<kProcessorColumns>(line)) ticks += each;
  return ticks * (kSecond / static_cast<std::uint64_t>(ticks_per_second));
}

api::ContainerSample take_sample(const cgroup::Layout& layout, const SampleSource& source, Wall now) {
  api::ContainerSample sample{.id = source.id, .name = source.name, .read = {}, .usage = {}, .networks = {}};
  if (source.pid == 0) return sample;
  auto usage = cgroup::read_stats(layout, source.group);
  if (!usage) return sample;
  sample.read = now;
  sample.usage = std::move(*usage);
  sample.machine_cpu_ns = parse_machine_cpu(slurp("/proc/stat"), ::sysconf(_SC_CLK_TCK));
  sample.processors = ::sysconf(_SC_NPROCESSORS_ONLN);
  sample.machine_memory = memory_of_machine();
  if (source.has_network) sample.networks = parse_interfaces(slurp("/proc/" + std::to_string(source.pid) + "/net/dev"));
  return sample;
}

}  // namespace stack::service
