// Points in time as text: RFC 3339 in UTC, and what people write. Any thread.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace stack {

// "2025-11-21T10:35:04Z"
std::string rfc3339_seconds(Wall time);
// With as many digits of the fraction as it needs, none for a whole second: "2025-11-21T10:35:04.5Z".
std::string rfc3339_nanos(Wall time);
// With nine digits of the fraction: texts of one length sort as their times do.
std::string rfc3339_nine_digits(Wall time);
// Any offset from UTC, any number of digits; those behind the ninth are dropped. Nothing for other text.
std::optional<Wall> parse_rfc3339_time(const std::string& text);

// A duration before `now` ("24h"), seconds since 1970 with or without a fraction, a date, or a date and a time, in UTC where no
// offset stands. Throws stack::Error(invalid) with a remedy.
Wall parse_moment(const std::string& text, Wall now);

}  // namespace stack
