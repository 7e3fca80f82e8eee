#include "base/moment.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/duration.h"
#include "base/error.h"

namespace stack {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr int kFractionDigits = 9;

// Rounded down, also before 1970.
std::int64_t whole_seconds(Wall time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string date_and_time(Wall time) {
  const std::time_t seconds = whole_seconds(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "Z", "+02:00"; nothing for anything else.
std::optional<std::int64_t> offset_seconds(const std::string& zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  for (const std::size_t at : {1, 2, 4, 5}) {
    if (!is_digit(zone[at])) return std::nullopt;
  }
  const int hours = (zone[1] - '0') * 10 + zone[2] - '0', minutes = (zone[4] - '0') * 10 + zone[5] - '0';
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t seconds = (hours * 60 + minutes) * 60;
  return zone[0] == '-' ? -seconds : seconds;
}

// "1767225600", "1767225600.000000001"; the last or first time that there is for any further away.
std::optional<Wall> since_epoch(const std::string& text) {
  std::int64_t seconds = 0, nanos = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, seconds);
  constexpr std::int64_t kSecondsMax = INT64_MAX / kNanosPerSecond - 1;
  if (error != std::errc{}) return std::nullopt;
  seconds = std::clamp(seconds, -kSecondsMax, kSecondsMax);
  if (end != last) {
    std::string digits{end + 1, last};
    if (*end != '.' || digits.empty() || digits.size() > kFractionDigits) return std::nullopt;
    digits.append(kFractionDigits - digits.size(), '0');
    const auto [stop, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), nanos);
    if (wrong != std::errc{} || stop != digits.data() + digits.size() || nanos < 0) return std::nullopt;
  }
  return Wall{Nanos{seconds * kNanosPerSecond + nanos}};
}

}  // namespace

std::string rfc3339_seconds(Wall time) { return date_and_time(time) + "Z"; }

std::string rfc3339_nine_digits(Wall time) {
  const std::int64_t nanos = time.time_since_epoch().count() - whole_seconds(time) * kNanosPerSecond;
  std::string digits = std::to_string(nanos);
  digits.insert(0, kFractionDigits - digits.size(), '0');
  return date_and_time(time) + "." + digits + "Z";
}

std::string rfc3339_nanos(Wall time) {
  std::string text = rfc3339_nine_digits(time);
  text.pop_back();
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + "Z";
}

std::optional<Wall> parse_rfc3339_time(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  std::int64_t nanos = 0;
  if (*rest == '.') {
    int digits = 0;
    for (++rest; is_digit(*rest); ++rest, ++digits) {
      if (digits < kFractionDigits) nanos = nanos * 10 + (*rest - '0');
    }
    if (digits == 0) return std::nullopt;
    for (; digits < kFractionDigits; ++digits) nanos *= 10;
  }
  const auto offset = offset_seconds(rest);
  if (!offset) return std::nullopt;
  return Wall{Nanos{(::timegm(&parts) - *offset) * kNanosPerSecond + nanos}};
}

Wall parse_moment(const std::string& text, Wall now) {
  if (const auto seconds = since_epoch(text)) return *seconds;
  if (const auto ago = parse_duration(text)) return now - *ago;
  if (const auto time = parse_rfc3339_time(text)) return *time;
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* rest = ::strptime(text.c_str(), format, &parts);
    if (rest != nullptr && *rest == 0) return Wall{std::chrono::seconds{::timegm(&parts)}};
  }
  throw Error(ErrorKind::invalid, "failed to parse value as time or duration: \"" + text + "\"")
      .remedy("write it as in 24h, 2026-01-31, 2026-01-31T12:00:00Z or 1767225600");
}

}  // namespace stack
