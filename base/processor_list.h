// A list of processors or memory nodes as the kernel writes and reads it: "0-3,8-11".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stack {

class ProcessorList {
 public:
  static constexpr std::uint32_t kNumberMax = 8191;  // CONFIG_NR_CPUS at its largest

  // Nothing for what is no list: a range that falls, a gap between commas, a number above kNumberMax. White space at the end is left
  // out, as files of the kernel have it.
  static std::optional<ProcessorList> parse(std::string_view text);

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] bool contains(std::uint32_t number) const;
  // The first number of this list that `other` lacks.
  [[nodiscard]] std::optional<std::uint32_t> first_not_in(const ProcessorList& other) const;
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;  // first and last, as they were written
};

// Those that are at work: /sys/devices/system/cpu/online. Empty when the kernel does not say.
ProcessorList online_processors();
// The same of memory nodes: /sys/devices/system/node/online.
ProcessorList online_memory_nodes();

}  // namespace stack
