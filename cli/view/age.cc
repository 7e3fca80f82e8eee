#include "cli/view/age.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace stack::cli {
namespace {

std::string count(std::int64_t number, const char* unit) {
  return std::to_string(number) + " " + unit + (number == 1 ? "" : "s");
}

std::string formatted(Wall time, const char* form) {
  const std::time_t seconds = time.time_since_epoch().count() / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &parts)};
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

std::string human_time(Wall time) { return formatted(time, "%Y-%m-%d %H:%M:%S +0000 UTC"); }

std::string precise_time(Wall time) {
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%09ldZ",
                static_cast<long>(time.time_since_epoch().count() % 1'000'000'000));
  return formatted(time, "%Y-%m-%dT%H:%M:%S") + fraction.data();
}

}  // namespace stack::cli
