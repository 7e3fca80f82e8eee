#include "base/age.h"

#include <cstdint>

namespace stack {
namespace {

std::string count(std::int64_t number, const char* unit) {
  return std::to_string(number) + " " + unit + (number == 1 ? "" : "s");
}

}  // namespace

std::string human_duration(Nanos duration) {
  const std::int64_t seconds = duration.count() / 1'000'000'000;
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = (minutes + 30) / 60;
  if (seconds < 1) return "Less than a second";
  if (seconds < 60) return count(seconds, "second");
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return std::to_string(minutes) + " minutes";
  if (hours == 1) return "About an hour";
  if (hours < 48) return std::to_string(hours) + " hours";
  if (hours < 24 * 7 * 2) return std::to_string(hours / 24) + " days";
  if (hours < 24 * 30 * 2) return std::to_string(hours / 24 / 7) + " weeks";
  if (hours < 24 * 365 * 2) return std::to_string(hours / 24 / 30) + " months";
  return std::to_string(hours / 24 / 365) + " years";
}

}  // namespace stack
