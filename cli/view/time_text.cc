#include "cli/view/time_text.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace stack::cli {
namespace {

std::string formatted(Wall time, const char* form) {
  const std::time_t seconds = time.time_since_epoch().count() / 1'000'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &parts)};
}

}  // namespace

std::string human_time(Wall time) { return formatted(time, "%Y-%m-%d %H:%M:%S +0000 UTC"); }

std::string precise_time(Wall time) {
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%09ldZ",
                static_cast<long>(time.time_since_epoch().count() % 1'000'000'000));
  return formatted(time, "%Y-%m-%dT%H:%M:%S") + fraction.data();
}

}  // namespace stack::cli
