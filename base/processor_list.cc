#include "base/processor_list.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/file.h"

namespace stack {
namespace {

// Takes a number off the front.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || number > ProcessorList::kNumberMax) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

}  // namespace

std::optional<ProcessorList> ProcessorList::parse(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  ProcessorList list;
  while (!text.empty()) {
    const auto first = take_number(text);
    if (!first) return std::nullopt;
    std::uint32_t last = *first;
    if (text.starts_with('-')) {
      text.remove_prefix(1);
      const auto end = take_number(text);
      if (!end || *end < *first) return std::nullopt;
      last = *end;
    }
    list.ranges_.emplace_back(*first, last);
    if (text.empty()) break;
    if (text.front() != ',' || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
  }
  return list;
}

bool ProcessorList::contains(std::uint32_t number) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const auto& range) { return range.first <= number && number <= range.second; });
}

std::optional<std::uint32_t> ProcessorList::first_not_in(const ProcessorList& other) const {
  for (const auto& [first, last] : ranges_) {
    for (std::uint32_t number = first; number <= last; ++number) {
      if (!other.contains(number)) return number;
    }
  }
  return std::nullopt;
}

std::string ProcessorList::text() const {
  std::string text;
  for (const auto& [first, last] : ranges_) {
    if (!text.empty()) text += ',';
    text += std::to_string(first);
    if (last != first) text += '-' + std::to_string(last);
  }
  return text;
}

namespace {

ProcessorList list_in(const char* path) {
  try {
    const auto text = read_file(path, 4096);
    return text ? ProcessorList::parse(*text).value_or(ProcessorList{}) : ProcessorList{};
  } catch (const Error&) {
    return {};  // no sysfs here: the kernel itself decides
  }
}

}  // namespace

ProcessorList online_processors() { return list_in("/sys/devices/system/cpu/online"); }
ProcessorList online_memory_nodes() { return list_in("/sys/devices/system/node/online"); }

}  // namespace stack
